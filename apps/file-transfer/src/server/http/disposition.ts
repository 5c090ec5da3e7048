// Under which name a download is to be saved (RFC 6266, RFC 8187). Knows no request.

/** "attachment" with the last name of `path`: in ASCII for who knows nothing else, and as it is for everybody else. */
export function attachment(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const plain = name.replaceAll(/[^\x20-\x7e]/gu, "_").replaceAll(/["\\%]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${percentEncode(name)}`;
}

/** `encodeURIComponent` leaves four characters that RFC 8187's attr-char does not have. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
