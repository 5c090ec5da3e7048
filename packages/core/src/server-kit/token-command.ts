// `token` of every app that has tokens: signs one and prints it. Opens no door; knows no app.
import { UsageError } from "../errors.ts";
import { describeFlags, parseFlags, type Flags, type FlagTable } from "../terminal/flags.ts";
import { parseDuration } from "../terminal/quantities.ts";
import { ExitCode, print, type Terminal } from "../terminal/terminal.ts";
import { readSecret, signToken, type Token } from "./tokens.ts";

const EXPIRES_AFTER_MS = 30 * 24 * 3600 * 1000;
/** The last moment that a Date can be. */
const LATEST_MS = 8.64e15;

type TokenFlag = "name" | "secret-file" | "expires" | "help";

/** What an app's tokens say beside the name and the time. */
export interface TokenIssuer<Name extends string> {
  /** The app's command: "chat". */
  readonly name: string;
  /** What its help begins with: commands that somebody may type. */
  readonly examples: string;
  /** What must be given beside name and secret, as usage shows it; "" if nothing must. */
  readonly needs?: string;
  readonly flags: FlagTable<Name>;
  /** What whoever has the token can do, as a sentence. */
  readonly warning: string;
  /** @throws UsageError what is wrong with what was given. */
  readonly read: (name: string, flags: Flags<Name>) => Omit<Token, "expiresAtMs">;
}

/** @throws UsageError */
export async function runTokenCommand<Name extends string>(
  args: readonly string[],
  terminal: Terminal,
  issuer: TokenIssuer<Name>,
): Promise<number> {
  const table: FlagTable<Name | TokenFlag> = {
    name: { value: "NAME", help: "whom it is for" },
    "secret-file": { value: "FILE", help: "the secret that the server has too, at least 32 bytes" },
    expires: { value: "TIME", help: "how long it is good: 30d, 12h (30d)" },
    ...issuer.flags,
    help: { short: "h", help: "this text" },
  };
  const usage = `${issuer.name} token --name NAME --secret-file FILE${issuer.needs ?? ""}`;
  const flags = parseFlags<Name | TokenFlag>(args, table);
  if (flags.has("help")) {
    print(
      terminal,
      `${issuer.examples}

Usage: ${usage} [flags]    a new secret: openssl rand -base64 48 > ${issuer.name}.secret

${describeFlags(table)}

${issuer.warning}: hand it over as you would a password.
Exit codes: 0 done; 1 failed; 2 wrong usage.`,
    );
    return ExitCode.done;
  }
  const [name, secretFile] = [flags.text("name"), flags.text("secret-file")];
  if (name === undefined || secretFile === undefined || flags.positionals.length > 0)
    throw new UsageError("bad-argument", `${usage} (${issuer.name} token --help)`);
  const said = issuer.read(name, flags);
  const expiresAtMs = Date.now() + (flags.read("expires", parseDuration) ?? EXPIRES_AFTER_MS);
  if (expiresAtMs > LATEST_MS) throw new UsageError("bad-flag", "--expires: that is later than any date");
  print(terminal, await signToken(readSecret(secretFile), { ...said, expiresAtMs }));
  return ExitCode.done;
}
