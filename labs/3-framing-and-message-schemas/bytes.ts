// Chapter 3: the same two messages in two framings, as the bytes that travel. An in-memory network carries them.
import {
  connect,
  defineProtocol,
  json,
  lengthPrefixed,
  lines,
  listen,
  raw,
  realClock,
  VirtualNetwork,
} from "@socketlab/core";
import { hexDump } from "@socketlab/core/terminal";
import { z } from "zod";

const message = { text: z.string() };
const protocols = [
  defineProtocol({
    name: "lines",
    version: 1,
    framing: lines({ maxBytes: 1024 }),
    client: { say: message },
    server: {},
  }),
  defineProtocol({
    name: "length-prefixed",
    version: 1,
    framing: lengthPrefixed({ maxBytes: 1024 }),
    client: { say: json(7, message) },
    server: {},
  }),
];
// The listener has no framing: it sees the stream as it is.
const stream = defineProtocol({ name: "stream", version: 1, framing: raw() });

const network = new VirtualNetwork({ clock: realClock });
for (const protocol of protocols) {
  const listener = await listen(stream, "tcp://127.0.0.1:0", { network });
  const socket = await connect(protocol, listener.endpoint, { network });
  await socket.send({ type: "say", text: "hi" });
  await socket.send({ type: "say", text: "é" });
  void socket.close();
  const chunks: Uint8Array[] = [];
  for await (const accepted of listener) {
    for await (const chunk of accepted) chunks.push(Buffer.from(chunk));
    break;
  }
  await listener.close();
  console.log(`${protocol.name}\n${hexDump(Buffer.concat(chunks))}`);
}
