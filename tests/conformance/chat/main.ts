// Checks any chat server from outside, in whatever language it is written.
//
//   node tests/conformance/chat/main.ts tcp://127.0.0.1:4001 ws://127.0.0.1:4002
//   node tests/conformance/chat/main.ts -- my-chat-server --store chat.db
//
// Given a command, it also kills the server with -9 and starts it again. Prints one line per check (TAP) and, where one
// failed, what was sent, expected and received. Exit code 1 if any failed.
import { conformanceCommand } from "../command.ts";
import { checksAt } from "./checks.ts";
import { durabilityChecks } from "./durability-checks.ts";

process.exitCode = await conformanceCommand(process.argv.slice(2), { at: checksAt, of: durabilityChecks });
