// Checks any BitTorrent peer from outside, in whatever language it is written.
//
//   node tests/conformance/peer/main.ts -- aria2c --seed-ratio=0.0 -V --listen-port={port} --dir={folder} {torrent}
//   node tests/conformance/peer/main.ts -- my-seed {file} {torrent} {port} -- my-leecher {torrent} {folder} {port}
//
// Starts it as a seed and as a leecher of a small torrent with a tracker of its own. Prints one line per check (TAP) and, where
// one failed, what was sent, expected and received; what is optional and not spoken is skipped. Exit code 1 if any failed.
import { peerCommand } from "./command.ts";

process.exitCode = await peerCommand(process.argv.slice(2));
