// Ours: typed binary messages, length-prefixed, through the public `for await` and `await send`.
import { bytes, defineProtocol, layout, lengthPrefixed, listen } from "@socketlab/core";
import { announce } from "./announce.ts";

const echo = defineProtocol({
  name: "echo",
  version: 1,
  framing: lengthPrefixed({ maxBytes: 1024 * 1024 }),
  client: { echo: layout(1, { data: bytes }) },
  server: { echo: layout(1, { data: bytes }) },
});
const listener = await listen(echo, "tcp://127.0.0.1:0");
announce(listener.endpoint);
for await (const socket of listener) {
  void (async () => {
    for await (const { data } of socket) await socket.send({ type: "echo", data });
    await socket.close(); // the client has ended its half; the other is ours to end
  })().catch(() => socket.abort()); // who breaks off is trouble for nobody else
}
