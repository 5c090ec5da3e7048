// One conversation at a door of the tracker: with UDP, the datagrams of one sender that came together. Knows no swarm.
import { defineProtocol, raw, type MessageSocket, type Payload } from "@socketlab/core";
import type { UdpDoor } from "./udp-door.ts";

/** The longest datagram that there is: what is wrong with one is for the tracker to say. */
const MAX_DATAGRAM_BYTES = 65_507;

/** Datagrams as they come; the messages are BEP 15's. HTTP requests come to the same doors, and are no conversations. */
export const datagrams = defineProtocol({
  name: "tracker",
  version: 1,
  framing: raw({ maxBytes: MAX_DATAGRAM_BYTES }),
});

export async function converse(
  socket: MessageSocket<Payload, Payload>,
  door: Pick<UdpDoor, "answer">,
): Promise<void> {
  if (socket.transport.name !== "udp") return socket.close("this tracker speaks HTTP and UDP");
  for (let datagram = await socket.receive(); datagram !== undefined; datagram = await nextAtOnce(socket)) {
    const bytes = typeof datagram === "string" ? Buffer.from(datagram) : datagram;
    const answer = await door.answer(socket.remote.host, bytes);
    if (answer !== undefined) await socket.send(answer);
  }
  return undefined;
}

/** Undefined unless there is another one by now. Nothing is kept of whoever has sent one: its address may be forged. */
function nextAtOnce(socket: MessageSocket<Payload, Payload>): Promise<Payload | undefined> {
  const next = socket.receive();
  // The conversation ends under it.
  next.catch(() => {});
  return Promise.race([next, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]);
}
