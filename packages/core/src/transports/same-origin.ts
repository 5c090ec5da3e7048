// Whether a page came from the server that it talks to. Knows neither HTTP nor WebSocket.

/**
 * @param origin the request's `Origin`.
 * @param host its `Host`.
 */
export function isSameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
