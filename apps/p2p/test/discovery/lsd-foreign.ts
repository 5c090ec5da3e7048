// Local discovery with another program, in a network of their own: our address, info-hash, and what to start. Prints who found whom.
import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { openLsd } from "../../src/discovery/lsd.ts";

const [host = "", hex = "", program = "", ...args] = process.argv.slice(2);
const infoHash = Buffer.from(hex, "hex");
const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
setTimeout(() => process.exit(1), 40_000);
process.on("exit", () => child.kill("SIGKILL"));

const first = await openLsd({ host });
const found = new Promise<string>((resolve) => first.onPeer((_, peer) => resolve(`found ${peer.host}`)));
// Nobody listens there; whoever does not speak first is asked by that.
first.announce(infoHash, 1);
console.log(await found);
await first.close();

const server = createServer();
await new Promise<void>((resolve) => server.listen(0, host, resolve));
const dialled = new Promise<void>((resolve) => server.once("connection", () => resolve()));
// A stranger to the one before, with no minute to wait for.
const second = await openLsd({ host });
second.announce(infoHash, (server.address() as AddressInfo).port);
await dialled;
console.log("dialled");
child.once("exit", () => process.exit(0)).kill("SIGKILL");
