// One protocol for each framing, for the contract suite.
import * as z from "zod";
import { bytes, defineProtocol, json, layout, lengthPrefixed, lines, raw, u32 } from "../../src/index.ts";

const MAX_BYTES = 4 * 1024 * 1024;

export const rawBytes = defineProtocol({ name: "bytes", version: 1, framing: raw() });

export const talk = defineProtocol({
  name: "talk",
  version: 1,
  framing: lines({ maxBytes: MAX_BYTES }),
  client: { say: { n: z.int(), text: z.string().optional() } },
  server: { said: { n: z.int(), text: z.string().optional() } },
});

export const chunks = defineProtocol({
  name: "chunks",
  version: 1,
  framing: lengthPrefixed({ maxBytes: MAX_BYTES }),
  client: { chunk: layout(1, { n: u32, data: bytes }), note: json(2, { text: z.string() }) },
  server: { chunk: layout(1, { n: u32, data: bytes }) },
});

/** `talk` with a table that allows more, in shorter lines: what it says is wrong for `talk`, or too long for this. */
export const looseTalk = defineProtocol({
  name: "talk",
  version: 1,
  framing: lines({ maxBytes: 2 * MAX_BYTES }),
  client: { say: { n: z.unknown(), text: z.string().optional() }, shout: {} },
  server: { said: { n: z.unknown(), text: z.string().optional() } },
});
