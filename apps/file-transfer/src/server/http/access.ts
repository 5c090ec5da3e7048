// Who may do what over HTTP, as far as HTTP is concerned: where the token stands. Knows no token's meaning.

/**
 * Asked before anything is read or written.
 * @throws StoreError `token-needed`, `bad-token`, `not-allowed`.
 */
export type Allow = (
  token: string | undefined,
  action: "read" | "write",
  path: string,
) => Promise<void> | void;

/** From `Authorization: Bearer …` (RFC 6750 §2.1), or for a link that one can click from `?token=…`. */
export function tokenOf(authorization: string | null | undefined, url: string): string | undefined {
  const [, bearer] = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization ?? "") ?? [];
  return bearer ?? queryOf(url).get("token") ?? undefined;
}

/** What stands after the "?" of a request's target. */
export function queryOf(url: string): URLSearchParams {
  const at = url.indexOf("?");
  return new URLSearchParams(at === -1 ? "" : url.slice(at));
}
