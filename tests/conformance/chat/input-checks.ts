// Bad input: what breaks the protocol is refused with a sentence and ends that conversation; others never notice.
import { Mismatch, someBytes, type Check } from "../check.ts";
import type { ChatClient } from "../../chat-client.ts";
import { ask, assertEqual, checksAmong, say, shown } from "./people.ts";

const brokenTexts: Record<string, string> = {
  "not JSON": "hello",
  "half of JSON": '{"type":"ping"',
  "an array": '[{"type":"ping"}]',
  null: "null",
  "a number": "42",
  "no type": '{"room":"lobby"}',
  "an unknown type": '{"type":"shout","room":"lobby","text":"hello"}',
  "a type that every object has": '{"type":"constructor"}',
  "a server's message": '{"type":"stored","room":"lobby","id":"1","seq":1}',
  "a missing field": '{"type":"say","room":"lobby","text":"hello"}',
  "a number for a text": '{"type":"join","room":5}',
  "a text for a position": '{"type":"join","room":"lobby","after":"5"}',
  "a negative position": '{"type":"join","room":"lobby","after":-1}',
  "half a position": '{"type":"join","room":"lobby","after":1.5}',
  "a position beyond all integers": '{"type":"join","room":"lobby","after":1e300}',
  "an empty id": '{"type":"say","room":"lobby","id":"","text":"hello"}',
  "a long id": JSON.stringify({ type: "say", room: "lobby", id: "x".repeat(65), text: "hello" }),
  "a long room": JSON.stringify({ type: "join", room: "x".repeat(2000) }),
  "a page of nothing": '{"type":"history","room":"lobby","limit":0}',
  "a page of thousands": '{"type":"history","room":"lobby","limit":5000}',
  "deep nesting": "[".repeat(20_000),
};

export function inputChecks(url: string, timeoutMs: number): Check[] {
  const overWebSocket = url.startsWith("ws");
  const check = checksAmong(url, timeoutMs);
  /** Somebody does something; it must be refused as said, and end; and somebody else's talk goes on. */
  const breaks = (
    name: string,
    promise: string,
    fault: (client: ChatClient) => void,
    refused = true,
  ): Check =>
    check(name, promise, async (people, room) => {
      const bystander = await people.person("bystander", room);
      for (const client of [await people.person("rude", room), await people.stranger()]) {
        fault(client);
        if (refused) {
          const answer = await client.take({ type: "refused", code: "bad-message" });
          if (String(answer["detail"]).length < 10)
            throw new Mismatch(name, "a sentence that says why", shown(answer));
        }
        assertEqual(
          name,
          "the conversation ended",
          (await client.ended()) ? "the conversation ended" : "it goes on",
        );
      }
      await say(bystander, room, "1", "still here");
      const after = await people.person("after", room);
      await ask(after, { type: "ping" }, { type: "pong" });
    });
  const checks = Object.entries(brokenTexts).map(([what, text]) =>
    breaks(
      `broken: ${what}`,
      "is refused with bad-message and a sentence, and the conversation ends",
      (client) => client.sendText(text),
    ),
  );
  checks.push(
    breaks("too-long", "a message over 64 KiB is refused, and the conversation ends", (client) =>
      client.sendText(JSON.stringify({ type: "say", room: "r", id: "1", text: "x".repeat(64 * 1024) })),
    ),
    breaks(
      "random-bytes",
      "random bytes end that conversation and no other",
      (client) => {
        for (let seed = 1; seed < 9; seed++) client.sendBytes(someBytes(1000, seed));
        client.sendBytes(Buffer.from("\n"));
      },
      false,
    ),
    breaks(
      "half-a-message",
      "an end inside a message ends that conversation and no other",
      (client) => {
        client.sendBytes(Buffer.from(overWebSocket ? [0x81, 0xfe, 0x40] : '{"type":"pi'));
        client.reset();
      },
      false,
    ),
  );
  if (overWebSocket) {
    checks.push(
      breaks(
        "invalid-utf8",
        "a text message that is not UTF-8 ends the conversation",
        (client) =>
          // A masked frame of one byte, the mask all zeros.
          client.sendBytes(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff])),
        false,
      ),
      breaks(
        "unmasked",
        "a frame without a mask ends the conversation",
        (client) => client.sendBytes(Buffer.from([0x81, 0x01, 0x78])),
        false,
      ),
    );
  } else {
    checks.push(
      breaks("invalid-utf8", "a line that is not UTF-8 is refused, and the conversation ends", (client) =>
        client.sendBytes(Buffer.from([0x22, 0xc3, 0x28, 0x22, 0x0a])),
      ),
      breaks("endless-line", "a line without an end is refused when it is over the limit", (client) =>
        client.sendBytes(Buffer.alloc(80 * 1024, "x")),
      ),
      // What a person with `nc` does.
      check(
        "by-hand",
        "blank lines, CR LF, spaces, several messages at once and single bytes are all understood",
        async (people) => {
          const client = await people.stranger();
          client.sendBytes(Buffer.from('\n\r\n{ "type" : "ping" }\r\n{"type":"ping"}\n{"type":'));
          await client.take({ type: "pong" });
          await client.take({ type: "pong" });
          for (const byte of Buffer.from('"ping"}\n')) {
            client.sendBytes(Buffer.from([byte]));
            await new Promise((resolve) => setTimeout(resolve, 2));
          }
          await client.take({ type: "pong" });
        },
      ),
    );
  }
  return checks;
}
