// Checks any BitTorrent tracker (BEP 3, 15, 23, 48) from outside, in whatever language it is written.
//
//   node tests/conformance/tracker/main.ts http://127.0.0.1:6969/announce udp://127.0.0.1:6969
//   node tests/conformance/tracker/main.ts -- python3 my_tracker.py
//
// The tracker must take torrents that nobody has registered. Prints one line per check (TAP) and, where one failed, what was sent,
// expected and received. Exit code 1 if any failed.
import { conformanceCommand } from "../command.ts";
import { checksOf } from "./checks.ts";

process.exitCode = await conformanceCommand(process.argv.slice(2), {
  at: checksOf,
  urlPattern: /\b(?:https?|udp):\/\/(?:\[[^\]\s]+\]|[\w.-]+):\d+(?:\/[\w./-]*)?/gu,
});
