// A process that keeps messages until it is killed, or until the disk is full. Knows nothing of who looks on.
import { rmSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { openSqliteStore } from "../src/server/sqlite-store.ts";
import type { Entry, Store } from "../src/server/store.ts";
import { message } from "./contract/message.ts";

const [scenario, path = "", round = ""] = process.argv.slice(2);
await (scenario === "keep" ? keepUntilKilled() : fillTheDisk());

/** Twenty people talk at once; each message that is acknowledged is a line of standard output. */
async function keepUntilKilled(): Promise<void> {
  const store = openSqliteStore(path);
  writeSync(1, "open\n");
  const talk = async (from: string): Promise<void> => {
    for (let count = 0; ; count++) {
      const id = `${round}-${count}`;
      const { seq } = await store.append(message({ from, id, text: `${from} says ${id}` }));
      writeSync(1, `${seq} ${from} ${id}\n`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => talk(`P${index}`)));
}

/** Says on standard output what it saw. */
async function fillTheDisk(): Promise<void> {
  const ballast = join(dirname(path), "ballast");
  writeFileSync(ballast, Buffer.alloc(400_000));
  let store = openSqliteStore(path);
  const told: string[] = [];
  store.follow(({ id }) => told.push(id));

  const acknowledged: string[] = [];
  const refused: string[] = [];
  const errors: string[] = [];
  let count = 0;
  const sayTen = (): Promise<unknown> =>
    Promise.all(
      Array.from({ length: 10 }, async () => {
        const id = `m${count++}`;
        try {
          await store.append(message({ id, text: "x".repeat(4096) }));
          acknowledged.push(id);
        } catch (error) {
          refused.push(id);
          errors.push(String(error));
        }
      }),
    );

  while (refused.length === 0) await sayTen();
  const readWhileFull = await ids(store);
  await store.close();
  store = openSqliteStore(path);
  store.follow(({ id }) => told.push(id));
  const reopenedWhileFull = await ids(store);
  while (refused.length < 50) await sayTen();
  rmSync(ballast);
  const before = refused.length;
  await sayTen();
  const refusedWithRoom = refused.length - before;
  await store.close();
  store = openSqliteStore(path);
  const kept = await ids(store);
  await store.close();
  const seen = { acknowledged, told, errors, readWhileFull, reopenedWhileFull, refusedWithRoom, kept };
  console.log(JSON.stringify(seen));
}

async function ids(store: Store): Promise<Entry["id"][]> {
  return (await store.read("lobby", { limit: 10_000 })).map(({ id }) => id);
}
