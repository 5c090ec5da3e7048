import { expect, test } from "vitest";
import { connect, defineProtocol, listen, raw, VirtualNetwork, type Clock } from "../../src/index.ts";

const bytes = defineProtocol({ name: "bytes", version: 1, framing: raw() });

/** A clock whose timers fire only when told to, the latest first: worse than any real one. */
class BackwardClock implements Clock {
  #due: (() => void)[] = [];
  now(): number {
    return 0;
  }
  after(_delayMs: number, callback: () => void): { clear(): void } {
    this.#due.push(callback);
    return { clear: () => void (this.#due = this.#due.filter((each) => each !== callback)) };
  }
  async run(): Promise<void> {
    for (let round = 0; round < 20; round++) {
      for (const callback of this.#due.splice(0).toReversed()) callback();
      await new Promise(setImmediate);
    }
  }
}

test("a stream keeps its order even if the clock's timers do not", async () => {
  const clock = new BackwardClock();
  const network = new VirtualNetwork({ clock, faults: { splitBytes: 3, loss: 0.5, delayMs: 1 } });
  const listener = await listen(bytes, "tcp://10.0.0.1:7", { network, idleTimeoutMs: 0 });
  let received = "";
  void (async () => {
    for await (const socket of listener)
      for await (const piece of socket) received += Buffer.from(piece as Uint8Array).toString();
  })();
  const socket = await connect(bytes, listener.endpoint, { network });
  await socket.send("the quick brown fox jumps over the lazy dog");
  await clock.run();
  expect(received).toBe("the quick brown fox jumps over the lazy dog");
});

test("what was sent may be changed afterwards, a Buffer too", async () => {
  const clock = new BackwardClock();
  const network = new VirtualNetwork({ clock });
  const listener = await listen(bytes, "udp://10.0.0.1:7", { network, idleTimeoutMs: 0 });
  const received: string[] = [];
  void (async () => {
    for await (const socket of listener)
      for await (const piece of socket) received.push(Buffer.from(piece as Uint8Array).toString());
  })();
  const socket = await connect(bytes, listener.endpoint, { network });
  const buffer = Buffer.alloc(4096, "before");
  await socket.send(buffer);
  buffer.fill("after!");
  await clock.run();
  expect(received.map((text) => text.slice(0, 6))).toEqual(["before"]);
});
