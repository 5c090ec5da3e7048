// What a session promises: its disk, its swarm and the others hear of one another (BEP 54). Real files, real sockets.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { RateLimit } from "../../src/engine/rate-limit.ts";
import { newPeerId } from "../../src/extensions/peer-id.ts";
import type { Limits } from "../../src/peer/conversation.ts";
import { Peer } from "../../src/peer/peer.ts";
import { Session } from "../../src/peer/session.ts";
import { Storage } from "../../src/storage/storage.ts";
import { createTorrent } from "../../src/torrent/create.ts";
import { findFiles } from "../../src/torrent/find-files.ts";
import { hashFiles } from "../../src/torrent/hash-files.ts";

const folder = mkdtempSync(join(tmpdir(), "p2p-session-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PIECE_BYTES = 16_384;
const PIECES = 20;

const limits = (download: number): Limits => ({
  upload: new RateLimit(),
  download: new RateLimit(download),
  uploadPerPeer: Infinity,
  downloadPerPeer: Infinity,
});

async function peerAt(seed: number): Promise<Peer> {
  const peer = new Peer({ peerId: newPeerId(new Uint8Array(12).fill(seed)) });
  await peer.listen({ transport: "tcp", host: "127.0.0.1", port: 0, path: "" });
  return peer;
}

test("when a file is changed under a seed, those who thought that it had the piece are told", async () => {
  const film = join(folder, "film");
  writeFileSync(film, Buffer.alloc(PIECES * PIECE_BYTES, 7));
  const found = await findFiles(film);
  const hashes = await hashFiles(found.files, PIECE_BYTES);
  const { metainfo } = createTorrent({ ...found, pieceLength: PIECE_BYTES, hashes });

  await using ownStorage = await Storage.open(metainfo.info, folder, { readOnly: true, isHashed: true });
  await using seed = await peerAt(1);
  await using sharing = new Session({ peer: seed, metainfo, storage: ownStorage, limits: limits(Infinity) });
  sharing.start();

  await using storage = await Storage.open(metainfo.info, join(folder, "there"));
  await using leecher = await peerAt(2);
  const peers = [{ host: "127.0.0.1", port: seed.endpoints[0]!.port }];
  // So slow that it does not have the piece before it is changed.
  await using getting = new Session({ peer: leecher, metainfo, storage, limits: limits(1024), peers });
  getting.start();

  const has = (piece: number): boolean | undefined => {
    const [conversation] = getting.swarm.conversations;
    return conversation && getting.swarm.picker.hasOf(conversation).has(piece);
  };
  await expect.poll(() => has(PIECES - 1)).toBe(true);
  const file = openSync(film, "r+");
  writeSync(file, "changed", 5 * PIECE_BYTES);
  closeSync(file);
  // It is noticed when somebody asks for something that lies in the file.
  await ownStorage.readBlock(0, 0, 1).catch(() => {});
  await expect.poll(() => has(5), { timeout: 10_000 }).toBe(false);
  expect(has(6)).toBe(true);
});
