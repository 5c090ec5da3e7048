// What the queue of whole payloads promises: order, the limit, and room that is given back.
import fc from "fast-check";
import { expect, test } from "vitest";
import { PayloadQueue } from "../../src/framing/raw.ts";
import { payloadOf, type Payload } from "../../src/framing/framing.ts";

test("payloads come out as they went in, in any mixture of putting in and taking out", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 4 }) },
    fc.string({ maxLength: 3 }),
    fc.constant(undefined),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new PayloadQueue(100);
      const expected: Payload[] = [];
      const take = (): void => {
        const span = queue.next();
        expect(span === undefined ? undefined : payloadOf(span)).toEqual(expected.shift());
      };
      for (const payload of steps) {
        if (payload === undefined) take();
        else {
          queue.push(payload);
          expected.push(payload);
        }
      }
      while (expected.length > 0) take();
      expect(queue.bufferedBytes).toBe(0);
    }),
  );
});

test("a reader who is always one behind stays in order over many payloads", () => {
  const queue = new PayloadQueue(100);
  queue.push("0");
  for (let i = 1; i <= 5000; i++) {
    queue.push(String(i));
    expect(payloadOf(queue.next()!)).toBe(String(i - 1));
  }
});

test("empty payloads take room, too: a flood of them must show", () => {
  const queue = new PayloadQueue(100);
  for (let i = 0; i < 10_000; i++) queue.push(new Uint8Array(0));
  expect(queue.bufferedBytes).toBeGreaterThan(10_000);
});

test("a payload over the limit is refused in its turn, after the good ones before it", () => {
  const queue = new PayloadQueue(3);
  queue.push("abc");
  queue.push("abcd");
  expect(payloadOf(queue.next()!)).toBe("abc");
  expect(() => queue.next()).toThrow(
    expect.objectContaining({ name: "ProtocolError", code: "message-too-long" }) as Error,
  );
});
