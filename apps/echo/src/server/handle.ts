// One conversation, from the server's side: whatever comes goes back. Knows nothing of where it came from.
import type { MessageSocket } from "@socketlab/core";
import type { FromClient, FromServer } from "../protocol.ts";
import type { UdpGuard } from "./udp-guard.ts";

// UDP has no goodbye: who says nothing for so long is taken to have gone, and frees its place.
const UDP_SILENCE_MS = 30_000;

/** Settles when the conversation is over. Waiting for `send` is what slows a client that sends faster than it reads. */
export async function echoBack(
  socket: MessageSocket<FromClient, FromServer>,
  guard: UdpGuard,
): Promise<void> {
  if (!socket.transport.reliable) return echoDatagrams(socket, guard);
  for await (const message of socket) await socket.send(message);
}

async function echoDatagrams(socket: MessageSocket<FromClient, FromServer>, guard: UdpGuard): Promise<void> {
  const silence = setTimeout(() => void socket.close(), UDP_SILENCE_MS);
  try {
    for await (const datagram of socket) {
      silence.refresh();
      if (guard.mayAnswerNow(socket.remote.host)) await socket.send(datagram);
    }
  } finally {
    clearTimeout(silence);
  }
}
