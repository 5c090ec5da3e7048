// Why a conversation was lost, for people. Knows no socket.

const sentences: Record<string, string> = {
  refused: "nobody answers there",
  reset: "the connection broke off",
  "timed-out": "no answer came in time",
};

/** The page's reader knows neither URL nor close codes. @param error one of core's. */
export function whyLost(error: { readonly code?: string; readonly message: string }): string {
  return sentences[error.code ?? ""] ?? error.message;
}
