// Where a file is to be had over HTTP, and how a path is shown in the address bar. Knows no file.

/** `download`: to be kept under its name rather than shown. */
export function linkTo(
  path: string,
  { download = false, token }: { download?: boolean; token?: string | undefined } = {},
): string {
  const query = new URLSearchParams({
    ...(download && { download: "" }),
    ...(token !== undefined && { token }),
  });
  const text = query.toString().replace(/download=(?=&|$)/, "download");
  return `${location.origin}/files/${encoded(path)}${text === "" ? "" : `?${text}`}`;
}

/** What stands behind "#" when this folder is looked at. */
export function hashOf(folder: string): string {
  return `#/${encoded(folder)}`;
}

/** The folder that the address bar names. */
export function folderOf(hash: string): string {
  try {
    return decodeURIComponent(hash.replace(/^#\/?/, "")).replace(/\/+$/, "");
  } catch {
    return "";
  }
}

function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
