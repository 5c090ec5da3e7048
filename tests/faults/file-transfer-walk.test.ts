// Clients that say anything at any time, in the right form: the server never fails, others go on, and no file has its name
// that was not brought whole. SOCKETLAB_WALK_SEED makes it another run, SOCKETLAB_WALKS a longer one.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom, type Random } from "@socketlab/core";
import { FileClient } from "../file-client.ts";
import { CHUNK_BYTES, chunksOf, sha256, wholeOf, type FileMessage } from "../file-wire.ts";
import { Command, contentOf, FileServer } from "./file-transfer/processes.ts";

const WALKS = Number(process.env["SOCKETLAB_WALKS"] ?? 60);
const SEED = Number(process.env["SOCKETLAB_WALK_SEED"] ?? 1);
const AT_A_TIME = 6;
const sizes = [0, 1, 1000, 65_536, 65_537, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5];
/** One content for each size: so whatever appears can be judged. */
const contents = new Map(sizes.map((size) => [size, contentOf(size, size)]));
const names = ["a", "b", "c", "folder/d", "folder/e", "a/below", "folder"];

let folder = "";
let there = "";
let server: FileServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "file-walk-"));
  there = join(folder, "there");
  mkdirSync(there);
  server = await FileServer.started(there);
});
afterAll(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

class Walker {
  readonly #random: Random;
  readonly #client: FileClient;
  /** What was announced, by its number. */
  readonly #puts = new Map<number, Buffer>();

  constructor(client: FileClient, random: Random) {
    this.#client = client;
    this.#random = random;
  }

  /** Says so many things, until it is thrown out. @returns how many. */
  async walk(steps: number): Promise<number> {
    for (let n = 0; n < steps; n++) {
      this.#answer();
      if (this.#client.ending !== undefined) return n;
      this.#client.send(this.#anything());
      if (this.#random() < 0.5) await delay(this.#random() * 8);
    }
    if (this.#random() < 0.3) this.#client.reset();
    else this.#client.end();
    return steps;
  }

  #pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.#random() * all.length)]!;
  }

  /** Brings what is asked for, mostly; so some files are finished. */
  #answer(): void {
    for (const message of this.#client.inbox.splice(0)) {
      const { type, transfer, first, count } = message as FileMessage &
        Record<"transfer" | "first" | "count", number>;
      const content = this.#puts.get(transfer);
      if (content === undefined || this.#random() < 0.05) continue;
      const chunks = chunksOf(content);
      if (type === "want") {
        for (let index = first; index < first + count; index++) this.#chunk(transfer, index, chunks[index]!);
      } else if (type === "check") {
        const hashes = Buffer.concat(chunks.slice(first, first + count).map((chunk) => sha256(chunk)));
        this.#client.send({ type: "hashes", transfer, first, hashes });
      } else if (type === "sum") this.#client.send({ type: "whole", transfer, hash: wholeOf(content) });
    }
  }

  #chunk(transfer: number, index: number, chunk: Uint8Array): void {
    const data = Buffer.from(chunk);
    const hash = sha256(data);
    // Some of them wrong.
    if (data.length > 0 && this.#random() < 0.05) data[0]! ^= 1;
    this.#client.send({ type: "chunk", transfer, index, hash, data });
  }

  #anything(): FileMessage {
    const id = Math.floor(this.#random() * 6);
    const [path, small] = [this.#pick(names), Math.floor(this.#random() * 4)];
    const algorithm = "sha256";
    switch (Math.floor(this.#random() * 24)) {
      case 0:
        return { type: "hello" };
      case 1:
        return { type: "list", id, path: this.#pick(["", "folder", path]) };
      case 2:
        return { type: "stat", id, path, hash: algorithm };
      case 3:
        return { type: "remove", id, path, recursive: this.#random() < 0.5 };
      case 4:
        return { type: "makeFolder", id, path: this.#pick(["folder", "a", "folder/d"]) };
      case 5:
      case 6:
        return { type: "get", id: this.#client.number() + 10, path, algorithm };
      case 7:
        return { type: "get", id, path, algorithm };
      case 8:
      case 9:
        // To one that may be under way: a number that is used up ends the conversation, so not too often.
        return { type: this.#pick(["want", "check"]), transfer: 10 + small, first: small, count: 1 };
      case 10:
        return { type: "sum", transfer: 10 + small };
      case 11:
        return { type: this.#pick(["done", "cancel"]), transfer: 10 + small, detail: "" };
      case 12:
        return { type: "cancel", transfer: this.#pick([...this.#puts.keys(), 0]), detail: "no" };
      case 13:
        if (this.#random() < 0.9) return { type: "hello" };
        return {
          type: "chunk",
          transfer: id + 10,
          index: small,
          hash: Buffer.alloc(32),
          data: Buffer.alloc(100),
        };
      case 14:
        if (this.#random() < 0.9) return { type: "hello" };
        return { type: "whole", transfer: id + 10, hash: "0".repeat(64) };
      default: {
        const size = this.#pick(sizes);
        const transfer = this.#client.number() + 10;
        this.#puts.set(transfer, contents.get(size)!);
        const upload = this.#pick(["one", "two"]);
        const put = {
          type: "put",
          id: transfer,
          path,
          size,
          mtimeMs: 1_700_000_000_000,
          mode: 0o644,
          algorithm,
          upload,
        };
        if (size === 0 || size > 65_536 || this.#random() < 0.2) return put;
        this.#client.send(put);
        return {
          type: "chunk",
          transfer,
          index: 0,
          hash: sha256(contents.get(size)!),
          data: contents.get(size)!,
        };
      }
    }
  }
}

/** Whatever has its name is one of the contents. @returns how many files there are. */
function assertWhole(path = there): number {
  let count = 0;
  for (const name of unlessGone(() => readdirSync(path)) ?? []) {
    const inner = join(path, name);
    if (name === ".socketlab" || name === "bystander") continue;
    if (unlessGone(() => statSync(inner))?.isDirectory() === true) count += assertWhole(inner);
    const now = unlessGone(() => readFileSync(inner));
    if (now === undefined) continue;
    expect(contents.get(now.length)?.equals(now), `${name}, ${now.length} bytes, with seed ${SEED}`).toBe(
      true,
    );
    count++;
  }
  return count;
}

/** Somebody may remove it between two looks, or put a folder in its place. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

test(`${WALKS} walks`, { timeout: 60_000 + WALKS * 2000 }, async () => {
  const random = seededRandom(SEED);
  let [walks, said, thrownOut, seen] = [0, 0, 0, 0];
  const walkOn = async (): Promise<void> => {
    while (walks < WALKS) {
      const n = ++walks;
      const client = await FileClient.open(n % 2 === 0 ? server.tcp : server.ws, 10_000);
      client.send({ type: "hello" });
      const steps = await new Walker(client, seededRandom(SEED * 1000 + n)).walk(150);
      said += steps;
      if (steps < 150) thrownOut++;
      seen += assertWhole();
      await delay(random() * 20);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, walkOn));
  // Files are in transit no more: each name may be written now.
  await delay(200);
  writeFileSync(join(folder, "bystander"), contentOf(99, 2_000_000));
  const { code, stderr } = await new Command("put", join(folder, "bystander"), server.tcp).ended;
  expect(code, stderr).toBe(0);
  seen += assertWhole();
  console.log(
    `seed ${SEED}: ${walks} walks, ${said} messages, ${thrownOut} thrown out, ${seen} whole files seen, server's peak ${Math.round(server.peakMiB)} MiB`,
  );
  expect(server.log).not.toMatch(/handler failed|"level":"(error|fatal)"|not kept/u);
  expect(seen).toBeGreaterThan(WALKS / 2);
});

test("a file of 5 GiB is read at its end", async () => {
  const size = 5 * 1024 ** 3 + 11;
  writeFileSync(join(there, "bystander"), "");
  truncateSync(join(there, "bystander"), size);
  const client = await FileClient.open(server.tcp, 10_000);
  client.send({ type: "get", id: 1, path: "bystander", algorithm: "sha256" });
  expect(await client.take({ type: "offer" })).toMatchObject({ entry: { size } });
  client.send({ type: "want", transfer: 1, first: 10_239, count: 2 });
  for (const [index, length] of [
    [10_239, CHUNK_BYTES],
    [10_240, 11],
  ] as const) {
    const { data, hash } = await client.take({ type: "chunk", index });
    expect((data as Buffer).equals(Buffer.alloc(length))).toBe(true);
    expect((hash as Buffer).equals(sha256(Buffer.alloc(length)))).toBe(true);
  }
  client.end();
});
