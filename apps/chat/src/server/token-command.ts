// `chat token`: what a token of chat says. Signs none itself.
import { UsageError } from "@socketlab/core";
import { runTokenCommand, type TokenIssuer } from "@socketlab/core/server-kit";
import type { Terminal } from "@socketlab/core/terminal";
import { nameRule, parseName } from "../names.ts";

const issuer: TokenIssuer<"rooms"> = {
  name: "chat",
  examples: `chat token --name ann --secret-file chat.secret                          a token for ann, good for 30 days
chat token --name ann --secret-file chat.secret --expires 12h --rooms staff`,
  flags: { rooms: { value: "A,B", help: "the members' rooms that it opens (all of them)" } },
  warning: "Whoever has the token can come in as NAME",
  read(name, flags) {
    const person = parseName(name);
    if (person === undefined)
      throw new UsageError("bad-flag", `--name: ${JSON.stringify(name)} cannot be a name: ${nameRule}`);
    const rooms = flags.text("rooms")?.split(",");
    const bad = rooms?.find((room) => parseName(room) === undefined);
    if (bad !== undefined)
      throw new UsageError("bad-flag", `--rooms: ${JSON.stringify(bad)} cannot be the name of a room`);
    return { name: person.shown, claims: rooms === undefined ? {} : { rooms } };
  },
};

/** @throws UsageError */
export function tokenCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  return runTokenCommand(args, terminal, issuer);
}
