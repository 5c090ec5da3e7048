// Ours: raw echo through core's public door. Its argument is the transport: tcp, tls, udp or ws.
import { defineProtocol, listen, raw } from "@socketlab/core";
import { announce } from "./announce.ts";
import { makeCertificate } from "./certificate.ts";

const transport = process.argv[2] ?? "tcp";
const echo = defineProtocol({ name: "echo", version: 1, framing: raw() });
const options = transport === "tls" ? { tls: await makeCertificate() } : {};
const listener = await listen(echo, `${transport}://127.0.0.1:0`, options);
announce(listener.endpoint);

for await (const socket of listener) {
  void (async () => {
    for await (const payload of socket) await socket.send(payload);
    await socket.close(); // the client has ended its half; the other is ours to end
  })().catch(() => socket.abort()); // who breaks off is trouble for nobody else
}
