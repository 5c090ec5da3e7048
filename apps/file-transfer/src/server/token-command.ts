// `file-transfer token`: what a token says of files. Signs none itself.
import { UsageError } from "@socketlab/core";
import { runTokenCommand, type TokenIssuer } from "@socketlab/core/server-kit";
import type { Flags, Terminal } from "@socketlab/core/terminal";
import { parseRoot, type Action } from "./scope.ts";

/** Letters, digits, and what joins them, in every script. */
const namePattern = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._@-]{0,63}$/u;

const issuer: TokenIssuer<Action> = {
  name: "file-transfer",
  examples: `file-transfer token --name ada --secret-file files.secret --read inbox --write inbox/ada --expires 7d
file-transfer token --name backup --secret-file files.secret --read / --write /      everything`,
  needs: " --read FOLDER",
  flags: {
    read: {
      value: "FOLDER",
      multiple: true,
      help: "a folder or file that may be listed and fetched; / is everything",
    },
    write: {
      value: "FOLDER",
      multiple: true,
      help: "one where files may be sent, replaced and removed; / is everything",
    },
  },
  warning: "Whoever has the token can do what it says",
  read(name, flags) {
    if (!namePattern.test(name))
      throw new UsageError(
        "bad-flag",
        `--name: ${JSON.stringify(name)} cannot be a name: it has at most 64 letters, digits and - _ . @`,
      );
    const [read, write] = [rootsOf("read", flags), rootsOf("write", flags)];
    if (read.length + write.length === 0)
      throw new UsageError(
        "missing-argument",
        "what the token allows is missing: --read FOLDER, --write FOLDER, or both; / is everything",
      );
    return { name, claims: { read, write } };
  },
};

/** @throws UsageError */
export function tokenCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  return runTokenCommand(args, terminal, issuer);
}

function rootsOf(action: Action, flags: Flags<Action>): string[] {
  return flags.texts(action).map((text) => {
    try {
      return parseRoot(text);
    } catch (error) {
      throw new UsageError("bad-flag", `--${action}: ${(error as Error).message}`, { cause: error });
    }
  });
}
