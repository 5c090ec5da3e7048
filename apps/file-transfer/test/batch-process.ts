// A process with a folder store on a small disk, and a batch of small files that it has no room for. Knows nothing of who looks on.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openFolderStore } from "../src/server/folder-store.ts";
import { getFrom, noise, putInto, treeOf } from "./contract/store-test.ts";
import { batchOf, talk } from "./talking.ts";

const FILE_BYTES = 60_000;
const path = process.argv[2]!;
const files = Array.from({ length: 8 }, (_, n) => ({ path: `sub/${n}`, content: noise(FILE_BYTES, n + 1) }));

const store = await openFolderStore(path);
await putInto(store, "sub/0", "before");
writeFileSync(join(path, "ballast"), Buffer.alloc(700_000));
const ann = talk(store);
const refused = await ann.ask(await batchOf(1, files));
const meanwhile = await look();
rmSync(join(path, "ballast"));
const refusedAgain = await ann.ask(await batchOf(2, files));
const after = await look();
ann.end();
const error = await ann.over;
await store.close();
console.log(JSON.stringify({ refused, meanwhile, refusedAgain, after, error: error?.message }));

/** Of each file of the batch: what is there of it. */
async function look(): Promise<string[]> {
  const tree = await treeOf(store);
  return Promise.all(
    files.map(async ({ path: name, content }) => {
      if (!tree.includes(name)) return "not there";
      const there = await getFrom(store, name);
      return there.equals(content) ? "whole" : there.toString("utf8", 0, 20);
    }),
  );
}
