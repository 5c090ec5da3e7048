// A process with a folder store: until it is killed, or on a disk that fails it. Knows nothing of who looks on.
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { seededRandom, SocketlabError } from "@socketlab/core";
import { openFolderStore } from "../src/server/folder-store.ts";
import type { Store } from "../src/server/store.ts";
import { describeFile, getFrom, noise, putInto, treeOf } from "./contract/store-test.ts";

const PIECE_BYTES = 40_000;
const [scenario, path = "", seed = "1"] = process.argv.slice(2);
const scenarios: Record<string, () => Promise<unknown>> = { keep, full, readOnly, denied };
const seen = await scenarios[scenario!]!();
console.log(JSON.stringify(seen));

/** Eight write at once, piece by piece, and go on where an earlier process was killed. Each finished file is a line. */
async function keep(): Promise<void> {
  const random = seededRandom(Number(seed));
  const store = await openFolderStore(path);
  writeSync(1, "open\n");
  const work = async (who: number): Promise<void> => {
    for (;;) {
      const index = Math.floor(random() * 20);
      const name = `${who}/folder ${index % 3}/file ${index}`;
      const content = noise(1 + index * 20_000, who * 100 + index);
      const upload = await store.write(name, describeFile(content.length, { mtimeMs: 1000 * (index + 1) }));
      // What is there is good only if it is the same, as the hashes of a transfer tell.
      for (let at = 0; at < content.length; at += PIECE_BYTES) {
        const piece = content.subarray(at, at + PIECE_BYTES);
        const there = Buffer.alloc(piece.length);
        if (at < upload.had) await upload.read(there, at);
        if (there.equals(piece)) writeSync(1, "resumed\n");
        else await upload.write(piece, at);
      }
      if (random() < 0.1) await upload.suspend();
      else {
        await upload.finish();
        writeSync(1, `finished ${name}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, who) => work(who)));
}

async function outcome(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => "done",
    (error: unknown) => (error instanceof SocketlabError ? `${error.code}: ${error.message}` : String(error)),
  );
}

/** On a small disk: an upload fails when the disk is full, is kept, and goes on when there is room. */
async function full(): Promise<unknown> {
  const store = await openFolderStore(path);
  await putInto(store, "before", "before");
  const content = noise(3_000_000);
  writeFileSync(join(path, "ballast"), Buffer.alloc(2_000_000));
  const upload = await store.write("a/file", describeFile(content.length));
  const errors: string[] = [];
  let at = 0;
  for (; at < content.length; at += 100_000) {
    const said = await outcome(upload.write(content.subarray(at, at + 100_000), at));
    if (said !== "done") errors.push(said);
    if (errors.length === 3) break;
  }
  await upload.suspend();
  const small = await outcome(putInto(store, "small", noise(100_000)));
  const meanwhile = await treeOf(store);
  const before = (await getFrom(store, "before")).toString();
  rmSync(join(path, "ballast"));
  const again = await store.write("a/file", describeFile(content.length));
  const had = again.had;
  const there = Buffer.alloc(had);
  await again.read(there, 0);
  for (let from = 0; from < content.length; from += 100_000) {
    const piece = content.subarray(from, from + 100_000);
    if (!there.subarray(from, from + 100_000).equals(piece)) await again.write(piece, from);
  }
  await again.finish();
  const isWhole = (await getFrom(store, "a/file")).equals(content);
  const after = await treeOf(store);
  await store.close();
  return { errors, small, meanwhile, before, had, isWhole, after };
}

/** The disk is read-only when the store is opened again. */
async function readOnly(): Promise<unknown> {
  const first = await openFolderStore(path);
  await putInto(first, "file", "abc");
  await first.close();
  const { status } = spawnSync("mount", ["-o", "remount,ro", path]);
  const store = await openFolderStore(path);
  const said = await changes(store);
  const content = (await getFrom(store, "file")).toString();
  await store.close();
  return { status, said, content };
}

/** As a user who may read, and not write. The program is read before: it may be where that user may not look. */
async function denied(): Promise<unknown> {
  process.setgroups!([]);
  process.setgid!(65534);
  process.setuid!(65534);
  const store = await openFolderStore(path);
  const said = await changes(store);
  const secret = await outcome(store.open("secret"));
  const content = (await getFrom(store, "file")).toString();
  const tree = await treeOf(store);
  await store.close();
  return { said, secret, content, tree };
}

async function changes(store: Store): Promise<string[]> {
  return [
    await outcome(putInto(store, "new", "abc")),
    await outcome(putInto(store, "file", "other")),
    await outcome(store.makeFolder("folder", {})),
    await outcome(store.remove("file", { recursive: false })),
  ];
}
