// The token that a client shows: from a file or the environment, where no list of processes shows it. Sends nothing.
import { UsageError } from "@socketlab/core";
import { readGivenFile, type Flags } from "@socketlab/core/terminal";

export const TOKEN_VARIABLE = "FILE_TRANSFER_TOKEN";

/** The flag goes before the environment. @throws UsageError `bad-flag`. */
export function tokenOf(
  flags: Flags<"token-file">,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const [given, source] = flags.has("token-file")
    ? [flags.read("token-file", readGivenFile)?.trim(), "--token-file"]
    : [environment[TOKEN_VARIABLE]?.trim(), TOKEN_VARIABLE];
  if (given === undefined) return undefined;
  // What a token is made of (RFC 7515 §7.1); the rest is checked by who has the secret.
  if (/^[\w.-]{1,8192}$/.test(given)) return given;
  throw new UsageError("bad-flag", `${source}: this is no token; file-transfer token makes one`);
}
