// Whose pages may talk to this server: an origin is scheme, host and port (RFC 6454). Knows no request.
import { UsageError } from "@socketlab/core";

/** As a browser writes them. @throws UsageError `bad-flag`. */
export function readOrigins(texts: readonly string[]): string[] {
  return texts.map((text) => {
    const { origin = "null" } = URL.canParse(text) ? new URL(text) : {};
    if (origin === text.replace(/\/$/, "") && /^https?:/.test(origin)) return origin;
    throw new UsageError(
      "bad-flag",
      `--allow-origin: ${JSON.stringify(text)} is no origin; try https://www.example.org`,
    );
  });
}
