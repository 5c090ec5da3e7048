// Peers tell each other of their nodes of the DHT (BEP 5): the bit in the handshake, and the PORT message. Real sockets.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import type { Dht } from "../../src/discovery/discovery.ts";
import type { PeerAddress } from "../../src/engine/address-book.ts";
import { RateLimit } from "../../src/engine/rate-limit.ts";
import { newPeerId } from "../../src/extensions/peer-id.ts";
import { Peer } from "../../src/peer/peer.ts";
import { Session } from "../../src/peer/session.ts";
import { Storage } from "../../src/storage/storage.ts";
import { createTorrent } from "../../src/torrent/create.ts";
import { findFiles } from "../../src/torrent/find-files.ts";
import { hashFiles } from "../../src/torrent/hash-files.ts";

const PIECE_BYTES = 16_384;
const folder = mkdtempSync(join(tmpdir(), "p2p-dht-port-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A node that is asked nothing, and keeps what it is told. */
class FakeDht implements Dht {
  readonly nodeCount = 0;
  readonly added: PeerAddress[] = [];
  readonly announced: number[] = [];
  readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  addNode(node: PeerAddress): void {
    this.added.push(node);
  }

  announce(_infoHash: Uint8Array, port: number): void {
    this.announced.push(port);
  }

  lookup(): Promise<void> {
    return Promise.resolve();
  }

  onPeer(): () => void {
    return () => {};
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

let files = 0;

/** A seed, at this port of loopback. */
async function seedWith(dht: Dht, isPrivate: boolean): Promise<{ port: number; infoHash: Uint8Array }> {
  const film = join(folder, `film-${++files}`);
  writeFileSync(film, Buffer.alloc(PIECE_BYTES, files));
  const found = await findFiles(film);
  const hashes = await hashFiles(found.files, PIECE_BYTES);
  const { metainfo } = createTorrent({ ...found, pieceLength: PIECE_BYTES, hashes, isPrivate });
  const peer = new Peer({ peerId: newPeerId(new Uint8Array(12)) });
  await peer.listen({ transport: "tcp", host: "127.0.0.1", port: 0, path: "" });
  const storage = await Storage.open(metainfo.info, folder, { readOnly: true, isHashed: true });
  const limits = {
    upload: new RateLimit(),
    download: new RateLimit(),
    uploadPerPeer: Infinity,
    downloadPerPeer: Infinity,
  };
  const session = new Session({ peer, metainfo, storage, limits, discoveries: { dht } });
  session.start();
  onTestFinished(async () => {
    await session[Symbol.asyncDispose]();
    await storage[Symbol.asyncDispose]();
    await peer[Symbol.asyncDispose]();
  });
  return { port: peer.endpoints[0]!.port, infoHash: metainfo.info.infoHash };
}

/** Somebody who greets it and tells it of nodes. @returns whether its bit was set, and the PORT messages that it sent. */
async function meet(
  { port, infoHash }: { port: number; infoHash: Uint8Array },
  hasDht: boolean,
  ports: readonly number[] = [],
): Promise<{ bit: number; told: number[] }> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const came: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => came.push(chunk));
  const reserved = Buffer.from([0, 0, 0, 0, 0, 0, 0, hasDht ? 1 : 0]);
  const handshake = [Buffer.from("\u0013BitTorrent protocol"), reserved, infoHash, Buffer.alloc(20, "x")];
  const messages = ports.map((each) => Buffer.from([0, 0, 0, 3, 9, each >> 8, each & 0xff]));
  socket.write(Buffer.concat([...handshake, ...messages]));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const all = Buffer.concat(came);
  const told: number[] = [];
  for (let at = 68; at < all.length; at += 4 + all.readUInt32BE(at))
    if (all.readUInt32BE(at) === 3 && all[at + 4] === 9) told.push(all.readUInt16BE(at + 5));
  return { bit: all[27]! & 1, told };
}

test("whoever has a node of the DHT is told of ours, and its own is taken, once", async () => {
  const dht = new FakeDht(1001);
  expect(await meet(await seedWith(dht, false), true, [1002, 1003])).toEqual({ bit: 1, told: [1001] });
  expect(dht.added).toEqual([{ host: "127.0.0.1", port: 1002 }]);
  expect(dht.announced).toHaveLength(1);
});

test("whoever has none is told of none", async () => {
  expect(await meet(await seedWith(new FakeDht(1001), false), false)).toEqual({ bit: 1, told: [] });
});

test("port 0 is no node's", async () => {
  const dht = new FakeDht(1001);
  await meet(await seedWith(dht, false), true, [0]);
  expect(dht.added).toEqual([]);
});

test("for a private torrent nobody is told, asked or announced to (BEP 27)", async () => {
  const dht = new FakeDht(1001);
  expect(await meet(await seedWith(dht, true), true, [1002])).toEqual({ bit: 0, told: [] });
  expect([dht.added, dht.announced]).toEqual([[], []]);
});
