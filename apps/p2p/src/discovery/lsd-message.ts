// What peers on one network call out to each other (BEP 14): text in the style of HTTP. Knows no socket and no clock.
import { ProtocolError } from "@socketlab/core/browser";
import { hexOf } from "../hex.ts";

/** So many fit 1400 bytes, which no network cuts up. */
export const MAX_HASHES = 24;
const MAX_BYTES = 4096;
const START = "BT-SEARCH * HTTP/1.1";

export interface LsdMessage {
  /** At which the sender's peer listens, for TCP. */
  readonly port: number;
  /** 20 bytes each; {@link MAX_HASHES} of them at most. */
  readonly infoHashes: readonly Uint8Array[];
  /** By which a sender knows its own words, which come back to it. */
  readonly cookie: string | undefined;
}

/** @param group with its port, as `Host:` has it. */
export function encodeLsd({ port, infoHashes, cookie }: LsdMessage, group: string): Uint8Array {
  const lines = [START, `Host: ${group}`, `Port: ${port}`];
  for (const infoHash of infoHashes) lines.push(`Infohash: ${hexOf(infoHash)}`);
  if (cookie !== undefined) lines.push(`cookie: ${cookie}`);
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n\r\n`);
}

/** @throws ProtocolError `bad-lsd`: it is something else, has no usable port, or names no info-hash. */
export function decodeLsd(bytes: Uint8Array): LsdMessage {
  if (bytes.length > MAX_BYTES) throw bad(`it has ${bytes.length} bytes, and ${MAX_BYTES} are read at most`);
  const [start, ...lines] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("latin1")
    .split(/\r?\n/u);
  if (start !== START) throw bad(`it does not begin with "${START}"`);
  let port = 0;
  let cookie: string | undefined;
  const infoHashes: Uint8Array[] = [];
  for (const line of lines) {
    const [, name = "", value = ""] = /^([a-z]+):[ \t]*([!-~]*)[ \t]*$/iu.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key === "port" && /^\d{1,5}$/u.test(value)) port = Number(value);
    if (key === "cookie") cookie = value;
    if (key === "infohash" && /^[\da-f]{40}$/iu.test(value) && infoHashes.length < MAX_HASHES)
      infoHashes.push(Uint8Array.from(Buffer.from(value, "hex")));
  }
  if (port < 1 || port > 65_535) throw bad("it names no port");
  if (infoHashes.length === 0) throw bad("it names no info-hash");
  return { port, infoHashes, cookie };
}

function bad(what: string): ProtocolError {
  return new ProtocolError("bad-lsd", `no announcement: ${what}`);
}
