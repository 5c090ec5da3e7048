// Our peer with a magnet link alone, among those who lie about what it stands for: it finds out, they are banned, and the file is right.
import { setTimeout as delay } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { bdecode, bencode } from "../conformance/peer/bencode.ts";
import { Giver } from "../conformance/peer/giver.ts";
import type { Subject } from "../conformance/peer/subject.ts";
import { sha1, Torrent } from "../conformance/peer/torrent.ts";
import { nextHost, type Visitor } from "../conformance/peer/visitor.ts";
import { BLOCK_BYTES, id } from "../conformance/peer/wire.ts";
import { startMagnetLeecher, visit } from "./p2p/hostile.ts";

vi.setConfig({ testTimeout: 90_000 });
const torrent = new Torrent();
/** Ours for ut_metadata. */
const OURS = 7;

type Says = (part: number, info: Buffer) => Buffer | "reject" | undefined;

interface Told {
  readonly one: Visitor;
  asked: number;
}

/** Offers metadata of this length, and answers as it likes. */
async function offer(subject: Subject, metadataBytes: number, says: Says, host = nextHost()): Promise<Told> {
  const told: Told = { one: await visit(subject, host), asked: 0 };
  const { one } = told;
  const theirs = await one.numberOf("ut_metadata");
  one.wire.onMessage = ({ id: number, payload }) => {
    if (number !== id.extended || payload[0] !== OURS) return;
    const { value } = bdecode(payload.subarray(1));
    const part = value instanceof Map ? Number(value.get("piece")) : 0;
    told.asked++;
    const answer = says(part, torrent.info);
    if (answer === "reject") one.sendExtended(theirs, { msg_type: 2, piece: part });
    else if (answer !== undefined)
      one.sendExtended(theirs, { msg_type: 1, piece: part, total_size: metadataBytes }, answer);
  };
  one.sendExtended(0, { m: { ut_metadata: OURS }, metadata_size: metadataBytes });
  return told;
}

/** Between its looking for the info and its looking for the content a peer lets nobody in. */
async function giveTo(subject: Subject, host: string, unchokes = true): Promise<Giver> {
  for (const untilMs = performance.now() + 20_000; ; await delay(100))
    try {
      return await Giver.visit(subject, 5000, { host, unchokes });
    } catch (error) {
      if (performance.now() > untilMs) throw error;
    }
}

const partOf = (bytes: Buffer, part: number): Buffer =>
  bytes.subarray(part * BLOCK_BYTES, (part + 1) * BLOCK_BYTES);
const honestly: Says = (part, info) => partOf(info, part);
const { length } = torrent.info;

const liars: Record<string, [bytes: number, says: Says]> = {
  "wrong bytes": [length, (part) => partOf(Buffer.alloc(length), part)],
  "more than there is": [length + 50_000, (part) => partOf(Buffer.alloc(length + 50_000), part)],
  "less than there is": [100, () => Buffer.alloc(100)],
  "parts that are too short": [length, () => Buffer.alloc(3)],
};

test.each(Object.entries(liars))(
  "whoever sends %s is found, and let in no more",
  async (_what, [bytes, says]) => {
    await using subject = await startMagnetLeecher(torrent);
    const host = nextHost();
    const liar = await offer(subject, bytes, says, host);
    expect(await liar.one.wire.ends(10_000)).toBe(true);
    expect(liar.asked).toBeGreaterThan(0);
    const again = await offer(subject, bytes, says, host).catch(() => undefined);
    await again?.one.wire.ends(1000);
    expect(again?.asked ?? 0).toBe(0);
    await offer(subject, length, honestly);
    await delay(1000);
    // Nor when the content itself is got.
    const later = await Giver.visit(subject, 5000, { host }).catch(() => undefined);
    await later?.wire.ends(1000);
    expect(later?.requests ?? []).toEqual([]);
    await Giver.visit(subject, 5000);
    expect(await subject.hasAll(20_000)).toBe(true);
  },
);

test("what a link stands for may itself be hostile: it is refused in a line, and nothing is made of it", async () => {
  const fields = { length: 1, name: "..", "piece length": 16_384, pieces: Buffer.alloc(20) };
  const info = bencode(fields);
  const hostile = Object.assign(new Torrent(), { info, infoHash: sha1(info) });
  await using subject = await startMagnetLeecher(hostile);
  const honest = await offer(subject, info.length, (part) => partOf(info, part));
  expect(await honest.one.wire.ends(10_000)).toBe(true);
  await expect.poll(() => subject.isAlive, { timeout: 10_000 }).toBe(false);
  expect(subject.output).toMatch(
    /^p2p: "\.\." cannot be the name of a file: it could lead out of the folder$/mu,
  );
  expect(subject.output).not.toMatch(/at .*\.ts:\d+/u);
});

test("all of them at once, and those of whom nothing is to be had, keep nobody from it for long", async () => {
  await using subject = await startMagnetLeecher(torrent);
  const useless: [number, Says][] = [
    [2 ** 31, honestly],
    [length, () => "reject"],
    [length, () => undefined],
    [length + 20_000, () => undefined],
  ];
  for (const [bytes, says] of [...Object.values(liars), ...useless]) await offer(subject, bytes, says);
  await delay(500);
  const honest = await offer(subject, length, honestly);
  // Whoever is silent has ten seconds, once for each of the two lengths; then all of that is behind us.
  expect(await honest.one.wire.ends(40_000)).toBe(true);
  const giver = await giveTo(subject, honest.one.host);
  expect(await subject.hasAll(20_000)).toBe(true);
  giver.wire.close();
  await subject.stop("SIGINT");
  expect(subject.output).not.toMatch(/unhandled|at .*\.ts:\d+/iu);
});
