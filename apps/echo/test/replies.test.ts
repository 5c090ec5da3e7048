import { seededRandom } from "@socketlab/core";
import { expect, test } from "vitest";
import { NumberedMessages } from "../src/client/messages.ts";
import { StreamReplies, WholeReplies } from "../src/client/replies.ts";

const messages = new NumberedMessages(20, false);

test("messages of known size are cut out of a byte stream again, wherever it was cut", () => {
  const random = seededRandom(1);
  const stream = Buffer.concat([1, 2, 3, 4, 5].map((seq) => messages.make(seq)));
  for (let round = 0; round < 200; round++) {
    const reader = new StreamReplies(messages);
    const found = [];
    let cuts = 0;
    for (let at = 0; at < stream.length; cuts++) {
      const end = at + 1 + Math.floor(random() * 30);
      const { replies, wrong } = reader.arrived(stream.subarray(at, end), 5);
      expect(wrong).toBeUndefined();
      found.push(...replies);
      at = end;
    }
    expect(found.map(({ seq, bytes }) => [seq, bytes])).toEqual([1, 2, 3, 4, 5].map((seq) => [seq, 20]));
    // Each chunk adds a piece to the message that it begins in, and one to each that it goes on into.
    const pieces = found.reduce((sum, reply) => sum + reply.pieces, 0);
    expect(pieces).toBeGreaterThanOrEqual(Math.max(5, cuts));
    expect(pieces).toBeLessThanOrEqual(cuts + 4);
  }
});

test("a byte that differs in a stream is named by message and place", () => {
  const bad = messages.make(1);
  bad[13] = "Z".charCodeAt(0);
  expect(new StreamReplies(messages).arrived(bad, 1)).toEqual({
    replies: [],
    wrong: 'message 1: byte 13 differs: "1klmnopqrst" was sent, "1klmZopqrst" came back',
  });
});

test("more than was sent is wrong", () => {
  const reader = new StreamReplies(messages);
  const { replies, wrong } = reader.arrived(Buffer.concat([messages.make(1), Buffer.from("tail")]), 1);
  expect(replies).toHaveLength(1);
  expect(wrong).toBe("4 bytes more came back than were sent");
});

test("a whole message is known by its number; a shorter, a changed and a foreign one are wrong", () => {
  const reader = new WholeReplies(messages);
  expect(reader.arrived(messages.make(3), 5)).toEqual({ replies: [{ seq: 3, bytes: 20, pieces: 1 }] });
  expect(reader.arrived(messages.make(3).toString(), 5).replies).toHaveLength(1);
  expect(reader.arrived(messages.make(3).subarray(0, 15), 5).wrong).toBe(
    "message 3: 15 bytes came back of the 20 that were sent",
  );
  expect(reader.arrived("welcome to this server", 5).wrong).toBe("a message came that was not sent");
  expect(reader.arrived(messages.make(6), 5).wrong).toBe("a message came that was not sent");
});

test("a message has to have room for its number", () => {
  expect(() => new NumberedMessages(9, false)).toThrow(
    "--size: each message carries its number, which takes 10 bytes; 9 were given",
  );
});
