// What no peer may say: whoever says it is hung up on or ignored, and costs nobody else anything. Knows no leecher.
import { setTimeout as delay } from "node:timers/promises";
import type { Check } from "../check.ts";
import { expect, newPeerId, type MakeCheck, type Visitor } from "./visitor.ts";
import { BLOCK_BYTES, id, message, PROTOCOL, reservedBytes } from "./wire.ts";

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** In place of a handshake. */
const instead: Record<string, (infoHash: Buffer) => Buffer> = {
  "an HTTP request": () => Buffer.from("GET /announce HTTP/1.1\r\nHost: here\r\n\r\n".repeat(4)),
  garbage: () => Buffer.alloc(4096, 0xa5),
  "another protocol's name": (infoHash) =>
    Buffer.concat([Buffer.from("\x13BitTorrent pr0tocol", "latin1"), reservedBytes(), infoHash, newPeerId()]),
  "a name of another length": (infoHash) =>
    Buffer.concat([Buffer.from("\x12BitTorrent protoco", "latin1"), reservedBytes(), infoHash, newPeerId()]),
  "half a handshake": (infoHash) => Buffer.concat([PROTOCOL, reservedBytes(), infoHash.subarray(0, 10)]),
  nothing: () => Buffer.alloc(0),
};

/** After it. */
export const faults: Record<string, (one: Visitor) => Buffer> = {
  "a message of 4 GiB": () => Buffer.concat([u32(2 ** 32 - 1), Buffer.from([id.piece])]),
  "a message of 2 GiB": () => Buffer.concat([u32(2 ** 31), Buffer.alloc(1000)]),
  "a second handshake": ({ torrent }) =>
    Buffer.concat([PROTOCOL, reservedBytes(), torrent.infoHash, newPeerId()]),
  "a bitfield that is too short": ({ torrent }) => message(id.bitfield, torrent.bitfield([0]).subarray(1)),
  "a bitfield that is too long": ({ torrent }) =>
    message(id.bitfield, torrent.bitfield([0]), Buffer.alloc(1)),
  "a bitfield with spare bits": ({ torrent }) => message(id.bitfield, torrent.bitfield([0, 21, 22, 23])),
  "a bitfield that comes late": ({ torrent }) =>
    Buffer.concat([message(id.have, 3), message(id.bitfield, torrent.bitfield([0]))]),
  "two bitfields": ({ torrent }) =>
    Buffer.concat([message(id.bitfield, torrent.bitfield([0])), message(id.bitfield, torrent.bitfield([1]))]),
  "have none, then have all": () => Buffer.concat([message(id.haveNone), message(id.haveAll)]),
  "have of a piece too many": () => message(id.have, 21),
  "have of the highest piece": () => message(id.have, 2 ** 32 - 1),
  "have without a piece": () => message(id.have),
  "a choke with something in it": () => message(id.choke, 1),
  "a request that is cut off": () => message(id.request, 0, 0),
  "a request that goes on": () => message(id.request, 0, 0, BLOCK_BYTES, 0),
  "a block of nothing": () => message(id.piece, 0, 0),
  "a block without a place": () => message(id.piece, Buffer.alloc(3)),
  "a reject of what was not asked for": () => message(id.reject, 0, 0, BLOCK_BYTES),
  "a reject beyond": () => message(id.reject, 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1),
  "a cancel beyond": () => message(id.cancel, 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1),
  "allowed fast beyond": () => message(id.allowedFast, 21),
  "a suggestion beyond": () => message(id.suggest, 2 ** 32 - 1),
  "unknown numbers": () => Buffer.concat([10, 12, 18, 19, 99, 255].map((number) => message(number, 1))),
  "an extended message of nothing": () => message(id.extended),
  "an extension handshake that is no bencoding": () => message(id.extended, Buffer.from("\0not bencoded")),
  "an extension handshake that is a list": () => message(id.extended, Buffer.from("\0l1:me")),
  "an extension handshake with an m that is no dictionary": () =>
    message(id.extended, Buffer.from("\0d1:mi5ee")),
  "an extension handshake of depth 5,000": () =>
    message(id.extended, Buffer.from(`\0d1:m${"l".repeat(5000)}${"e".repeat(5000)}e`)),
  "an extension handshake with a metadata_size of 4 GiB": () =>
    message(id.extended, Buffer.from("\0d1:md11:ut_metadatai3ee13:metadata_sizei4294967296ee")),
};

export function inputChecks(check: MakeCheck): Check[] {
  const promise = "whoever says it is hung up on or ignored, and others are served as before";
  return [
    ...Object.entries(instead).map(([what, bytes]) =>
      check(`bad-handshake: ${what}`, promise, async (visits) => {
        const bad = await visits.dial();
        bad.wire.write(bytes(visits.torrent.infoHash));
        const other = await visits.unchoked();
        await other.fetch(visits.torrent.blocksOf(0)[0]!);
        const isQuiet = bad.wire.came.length === 0;
        expect(isQuiet, what, "no message", bad.wire.rest);
      }),
    ),
    ...Object.entries(faults).map(([what, bytes]) =>
      check(`bad: ${what}`, promise, async (visits) => {
        const [other, bad] = await Promise.all([visits.unchoked(), visits.greeted()]);
        bad.wire.write(bytes(bad));
        await other.fetch(visits.torrent.blocksOf(0)[0]!);
        await delay(30);
        await other.fetch(visits.torrent.blocksOf(1)[1]!);
        await (await visits.greeted()).unchoked();
      }),
    ),
    check("bad: extension messages, when nobody has introduced them", promise, async (visits) => {
      const other = await visits.unchoked();
      const bad = (await visits.greeted()).needsExtensions();
      const numbers = (await bad.extensions()).get("m");
      const all = numbers instanceof Map ? [...numbers.values()] : [];
      for (const number of all)
        for (const payload of [
          "",
          "d",
          "i0e",
          "le",
          "de",
          "d8:msg_typei1e5:piecei0e10:total_sizei9ee123",
          "d8:msg_typei0e5:piecei-1ee",
        ])
          bad.wire.send(id.extended, Buffer.from([number as number]), Buffer.from(payload));
      for (const part of visits.torrent.blocksOf(0)) await other.fetch(part);
    }),
  ];
}
