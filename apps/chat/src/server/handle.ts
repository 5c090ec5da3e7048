// One conversation, from the server's side: hands what comes to the hall. Knows no message.
import type { Hall } from "./hall.ts";
import type { ChatSocket } from "./member.ts";

/** Settles when the conversation is over. */
export async function converse(socket: ChatSocket, hall: Hall): Promise<void> {
  const member = hall.enter(socket);
  try {
    for await (const message of socket) await hall.receive(member, message);
  } finally {
    hall.leave(member);
  }
}
