// A BitTorrent client on webtorrent, for the benchmark: one torrent, its own defaults, TCP only. It prints "complete" when it
// has all, and goes on seeding until it is ended. Knows nothing of who measures it.
import net from "node:net";
import { z } from "zod";

const { entry, host, port, torrent, folder, upload, download } = z
  .object({
    entry: z.string(),
    host: z.string(),
    port: z.int(),
    torrent: z.string(),
    folder: z.string(),
    upload: z.number(),
    download: z.number(),
  })
  .parse(JSON.parse(process.argv[2] ?? ""));

// It has no option for the address that it speaks from and listens at: it gets one underneath.
type Method = (this: unknown, ...args: unknown[]) => unknown;
const connect = Reflect.get(net.Socket.prototype, "connect") as Method;
net.Socket.prototype.connect = function (this: unknown, ...args: unknown[]) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0]; // net.connect() hands them over in a list
  Object.assign(options, { localAddress: host });
  return connect.apply(this, args);
} as typeof net.Socket.prototype.connect;
const listen = Reflect.get(net.Server.prototype, "listen") as Method;
net.Server.prototype.listen = function (this: unknown, at: number, ...args: unknown[]) {
  return listen.call(this, { port: at, host }, ...args);
} as typeof net.Server.prototype.listen;

interface Client {
  add(torrent: string, options: { path: string }): Emitter;
  on: Emitter["on"];
}
interface Emitter {
  on(event: "done", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}
const { default: WebTorrent } = (await import(entry)) as { default: new (options: object) => Client };

const client = new WebTorrent({
  torrentPort: port,
  uploadLimit: upload,
  downloadLimit: download,
  dht: false,
  lsd: false,
  utp: false,
  natUpnp: false,
  natPmp: false,
});
client.on("error", (error) => {
  throw error;
});
client.add(torrent, { path: folder }).on("done", () => console.log("complete"));
