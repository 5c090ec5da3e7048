// `chat token`: signs a token and prints it. Opens no door.
import { UsageError } from "@socketlab/core";
import {
  describeFlags,
  ExitCode,
  parseDuration,
  parseFlags,
  print,
  type FlagTable,
  type Terminal,
} from "@socketlab/core/terminal";
import { nameRule, parseName } from "../names.ts";
import { readSecret, signToken } from "./tokens.ts";

const EXPIRES_AFTER_MS = 30 * 24 * 3600 * 1000;

const tokenFlags: FlagTable<"name" | "secret-file" | "expires" | "rooms" | "help"> = {
  name: { value: "NAME", help: "whom it is for" },
  "secret-file": { value: "FILE", help: "the secret that the server has too, at least 32 bytes" },
  expires: { value: "TIME", help: "how long it is good: 30d, 12h (30d)" },
  rooms: { value: "A,B", help: "the members' rooms that it opens (all of them)" },
  help: { short: "h", help: "this text" },
};

const help = `chat token --name ann --secret-file chat.secret                          a token for ann, good for 30 days
chat token --name ann --secret-file chat.secret --expires 12h --rooms staff

Usage: chat token --name NAME --secret-file FILE [flags]    a new secret: openssl rand -base64 48 > chat.secret

${describeFlags(tokenFlags)}

Whoever has the token can come in as NAME: hand it over as you would a password.
Exit codes: 0 done; 1 failed; 2 wrong usage.`;

/** @throws UsageError */
export async function tokenCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, tokenFlags);
  if (flags.has("help")) {
    print(terminal, help);
    return ExitCode.done;
  }
  const [name, secretFile] = [flags.text("name"), flags.text("secret-file")];
  if (name === undefined || secretFile === undefined || flags.positionals.length > 0)
    throw new UsageError("bad-argument", "chat token --name NAME --secret-file FILE (chat token --help)");
  const person = parseName(name);
  if (person === undefined)
    throw new UsageError("bad-flag", `--name: ${JSON.stringify(name)} cannot be a name: ${nameRule}`);
  const expiresAtMs = Date.now() + (flags.read("expires", parseDuration) ?? EXPIRES_AFTER_MS);
  if (expiresAtMs > 8.64e15) throw new UsageError("bad-flag", "--expires: that is later than any date");
  const rooms = flags.text("rooms")?.split(",");
  const bad = rooms?.find((room) => parseName(room) === undefined);
  if (bad !== undefined)
    throw new UsageError("bad-flag", `--rooms: ${JSON.stringify(bad)} cannot be the name of a room`);
  print(terminal, await signToken(readSecret(secretFile), person.shown, expiresAtMs, rooms));
  return ExitCode.done;
}
