// An echo server on core's public door, over every transport that needs no certificate: what the checks must pass.
import { defineProtocol, formatEndpoint, listen, raw } from "@socketlab/core";

const echo = defineProtocol({ name: "echo", version: 1, framing: raw() });

for (const transport of ["tcp", "udp", "ws"]) {
  const listener = await listen(echo, `${transport}://127.0.0.1:0`);
  console.log(formatEndpoint(listener.endpoint));
  void (async () => {
    for await (const socket of listener) {
      void (async () => {
        for await (const payload of socket) await socket.send(payload);
        await socket.close();
      })().catch(() => {});
    }
  })();
}
