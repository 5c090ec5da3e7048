// Someone whose conversation must go on while others misbehave, for the tests of this folder. Knows no fault.
import { setTimeout as delay } from "node:timers/promises";
import { connect, type Protocol } from "@socketlab/core";
import { certificate, echo, type EchoServer } from "../echo-on-core.ts";

/** Waits until `condition` holds; how long that takes is no part of any promise. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const startMs = Date.now(); !condition();) {
    if (Date.now() - startMs > 20_000) throw new Error(`still waiting after 20 s: ${what}`);
    await delay(2);
  }
}

/**
 * Runs `fault` while a well-behaved client of `server` says one thing after the other, and is answered each time;
 * afterwards the server must have no other conversation left than that client's.
 */
export async function whileOthersTalk<Message>(
  server: EchoServer<Message>,
  fault: () => Promise<void>,
  { protocol, say }: { protocol: Protocol<Message, Message>; say: (n: number) => Message },
): Promise<void> {
  const socket = await connect(protocol, server.url, { tls: { ca: (await certificate()).cert } });
  let over = false;
  let answered = 0;
  const talking = (async () => {
    do {
      const message = say(answered);
      await socket.send(message);
      const answer = await socket.receive();
      if (answer === undefined) throw new Error("the bystander's conversation was ended");
      if (text(answer) !== text(message))
        throw new Error(`the bystander said ${text(message)} and heard ${text(answer)}`);
      answered++;
      await delay(1);
    } while (!over);
  })();
  try {
    await Promise.race([fault(), talking]);
    over = true;
    await talking;
    await until(() => server.listener.sockets.size <= 1, "the misbehaving conversations to be gone");
  } finally {
    over = true;
    socket.abort();
  }
}

/** The same for raw bytes. */
export function whileOthersEcho(
  server: EchoServer<string | Uint8Array>,
  fault: () => Promise<void>,
): Promise<void> {
  return whileOthersTalk(server, fault, { protocol: echo, say: (n) => `bystander ${n}` });
}

function text(message: unknown): string {
  if (message instanceof Uint8Array) return Buffer.from(message).toString();
  if (typeof message === "string") return message;
  const fields = Object.entries(message as object) as [string, unknown][];
  return fields
    .map(([name, value]) => `${name} ${String(value instanceof Uint8Array ? Buffer.from(value) : value)}`)
    .join(", ");
}
