// Checks any file-transfer server from outside, in whatever language it is written.
//
//   node tests/conformance/file-transfer/main.ts tcp://127.0.0.1:4101 ws://127.0.0.1:4102
//   node tests/conformance/file-transfer/main.ts -- my-file-server --folder /tmp/shared
//
// Given a command, it also kills the server with -9 and starts it again. Prints one line per check (TAP) and, where one
// failed, what was sent, expected and received. Exit code 1 if any failed. What it puts there it removes.
import { conformanceCommand } from "../command.ts";
import { checksAt } from "./checks.ts";
import { durabilityChecks } from "./durability-checks.ts";

process.exitCode = await conformanceCommand(process.argv.slice(2), { at: checksAt, of: durabilityChecks });
