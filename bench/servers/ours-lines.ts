// Ours: JSON messages, one a line, each checked by zod, through the public `for await` and `await send`.
import { defineProtocol, lines, listen } from "@socketlab/core";
import { announce } from "./announce.ts";
import { say } from "./say.ts";

const protocol = defineProtocol({
  name: "say",
  version: 1,
  framing: lines({ maxBytes: 64 * 1024 }),
  client: { say },
  server: { said: say },
});
const listener = await listen(protocol, "tcp://127.0.0.1:0");
announce(listener.endpoint);
for await (const socket of listener) {
  void (async () => {
    for await (const { room, id, text } of socket) await socket.send({ type: "said", room, id, text });
    await socket.close(); // the client has ended its half; the other is ours to end
  })().catch(() => socket.abort()); // who breaks off is trouble for nobody else
}
