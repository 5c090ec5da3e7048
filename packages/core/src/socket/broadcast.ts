// Says one message to many sockets: encoded once, framed once for each framing that they use. Knows no transport.
import { Door } from "./door.ts";
import type { MessageSocket } from "./message-socket.ts";
import { SharedMessage } from "./shared-message.ts";

/**
 * Says `message` to every one of `sockets`, and waits for none: a socket whose remote side does not read is cut off at
 * its own `maxSendQueueBytes`, and one that is over already is passed by. What several calls say to one socket in one
 * tick leaves together.
 *
 * @throws UsageError when the protocol does not allow the message: nobody has got it.
 */
export function broadcast<Out>(sockets: Iterable<MessageSocket<unknown, Out>>, message: Out): void {
  const shared = new SharedMessage(message);
  for (const socket of sockets) {
    if (socket instanceof Door) socket.sendShared(shared);
    // Somebody else's implementation: it frames for itself.
    else void socket.send(message).catch(() => {});
  }
}
