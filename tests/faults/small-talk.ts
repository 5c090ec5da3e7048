// Two small protocols that echo, lines of JSON and length-prefixed bytes, and what a bystander says in each. Knows no fault.
import * as z from "zod";
import { bytes, defineProtocol, layout, lengthPrefixed, lines } from "@socketlab/core";

const say = { say: { n: z.int() } };
const data = { data: layout(1, { data: bytes }) };

export const lineEcho = defineProtocol({
  name: "lines",
  version: 1,
  framing: lines({ maxBytes: 1000 }),
  client: say,
  server: say,
});
export const chunkEcho = defineProtocol({
  name: "chunks",
  version: 1,
  framing: lengthPrefixed({ maxBytes: 1000 }),
  client: data,
  server: data,
});

export const lineTalk = { protocol: lineEcho, say: (n: number) => ({ type: "say" as const, n }) };
export const chunkTalk = {
  protocol: chunkEcho,
  say: (n: number) => ({ type: "data" as const, data: new Uint8Array(Buffer.from(`bystander ${n}`)) }),
};
