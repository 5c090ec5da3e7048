// Checks any echo server (RFC 862) from outside, in whatever language it is written.
//
//   node tests/conformance/echo/main.ts tcp://127.0.0.1:7007 udp://127.0.0.1:7007 ws://127.0.0.1:7008/echo
//   node tests/conformance/echo/main.ts -- python3 my_server.py
//
// Prints one line per check (TAP) and, where one failed, what was sent, expected and received. Exit code 1 if any failed.
import { conformanceCommand } from "../command.ts";
import { checksOf } from "./checks.ts";

process.exitCode = await conformanceCommand(process.argv.slice(2), { at: checksOf });
