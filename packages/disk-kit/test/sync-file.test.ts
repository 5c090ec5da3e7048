// When a file is synced in our own thread, and when in another: a disk that is slow must never be waited for. Virtual time.
import { expect, test } from "vitest";
import { FileSync } from "../src/sync-file.ts";

/** A disk that takes `ms` for each, one after the other. */
class Disk {
  ms: number;
  nowMs = 0;
  atOnce = 0;
  elsewhere = 0;
  failure: NodeJS.ErrnoException | null = null;
  readonly sync: FileSync;

  constructor(ms: number) {
    this.ms = ms;
    this.sync = new FileSync({
      fsync: (_fd, callback) => {
        this.elsewhere++;
        setImmediate(() => {
          this.nowMs += this.ms;
          callback(this.failure);
        });
      },
      fsyncSync: () => {
        this.atOnce++;
        this.nowMs += this.ms;
        if (this.failure !== null) throw this.failure;
      },
      now: () => this.nowMs,
    });
  }

  /** @returns what is said of each. */
  syncAll(count: number, bytes = 1000): Promise<(Error | null)[]> {
    const one = (fd: number): Promise<Error | null> =>
      new Promise((resolve) => this.sync.sync(fd, bytes, resolve));
    return Promise.all(Array.from({ length: count }, (_, fd) => one(fd)));
  }
}

test("a disk that is slow, or not known yet, is waited for in other threads", async () => {
  const disk = new Disk(5);
  for (let round = 0; round < 20; round++) await disk.syncAll(10);
  expect(disk).toMatchObject({ atOnce: 0, elsewhere: 200 });
});

test("a few that were quick say nothing yet", async () => {
  const disk = new Disk(0.01);
  for (let round = 0; round < 20; round++) await disk.syncAll(2);
  expect(disk).toMatchObject({ atOnce: 0, elsewhere: 40 });
});

test("where the other threads have found it quick, small files are synced at once, large ones never", async () => {
  const disk = new Disk(0.01);
  await disk.syncAll(10);
  await disk.syncAll(10);
  expect(disk).toMatchObject({ atOnce: 10, elsewhere: 10 });
  await disk.syncAll(10, 64 * 1024 + 1);
  expect(disk).toMatchObject({ atOnce: 10, elsewhere: 20 });
});

test("one that takes long ends that, until other threads find it quick again", async () => {
  const disk = new Disk(0.01);
  await disk.syncAll(10);
  disk.ms = 400;
  await disk.syncAll(10);
  expect(disk).toMatchObject({ atOnce: 1, elsewhere: 19 });
  await disk.syncAll(10);
  expect(disk.atOnce).toBe(1);
  disk.ms = 0.01;
  await disk.syncAll(10);
  await disk.syncAll(10);
  expect(disk.atOnce).toBe(11);
});

test("what the disk says is passed on, in either thread", async () => {
  const disk = new Disk(0.01);
  disk.failure = Object.assign(new Error("EIO"), { code: "EIO" });
  for (let round = 0; round < 2; round++)
    expect(await disk.syncAll(10)).toEqual(Array.from({ length: 10 }, () => disk.failure));
  expect(disk).toMatchObject({ atOnce: 10, elsewhere: 10 });
});
