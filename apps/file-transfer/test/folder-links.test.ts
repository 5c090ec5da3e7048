// No way leads out of the folder: not through links, also when they come between a check and a use, and not by names.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect } from "vitest";
import { StoreError } from "../src/server/store.ts";
import { describeFile, getFrom, putInto, refusal, treeOf } from "./contract/store-test.ts";
import { folderTest } from "./folder-fixture.ts";

const test = folderTest();
const racer = fileURLToPath(new URL("folder-racer.ts", import.meta.url));

describe.each([{}, { canHold: false }])("with %o", (options) => {
  test("links, devices and what cannot be named are not listed, not read and not touched", async ({
    served,
    outside,
    open,
  }) => {
    writeFileSync(join(outside, "secret"), "secret");
    writeFileSync(join(served, "file"), "file");
    symlinkSync(join(outside, "secret"), join(served, "link to a file"));
    symlinkSync(outside, join(served, "link to a folder"));
    symlinkSync("file", join(served, "link inside"));
    symlinkSync("nowhere", join(served, "link to nothing"));
    execFileSync("mkfifo", [join(served, "pipe")]);
    const socket = createServer().listen(join(served, "socket"));
    await once(socket, "listening");
    for (const name of ["back\\slash", "e\u0301", "nul", "ends with a dot.", "bell\u0007"])
      writeFileSync(join(served, name), "cannot be named");
    writeFileSync(Buffer.concat([Buffer.from(`${served}/`), Buffer.from([0x61, 0xff])]), "no text");

    const store = await open(options);
    expect(await treeOf(store)).toEqual(["file"]);
    for (const name of [
      "link to a file",
      "link to a folder",
      "link inside",
      "link to nothing",
      "pipe",
      "socket",
    ]) {
      expect(await refusal(store.open(name), name), name).toBe("not-a-file");
      expect(await refusal(store.stat(name), name), name).toBe("not-a-file");
      expect(await refusal(store.remove(name, { recursive: true }), name), name).toBe("not-a-file");
      expect(await refusal(store.write(name, describeFile(1)), name), name).toBe("exists");
      expect(await refusal(store.makeFolder(name, { mode: 0o777 }), name), name).toBe("exists");
      expect(await refusal(store.write(`${name}/x`, describeFile(1)), name), name).toBe("exists");
      expect(await refusal(store.makeFolder(`${name}/x`, {}), name), name).toBe("exists");
      expect(await refusal(store.open(`${name}/secret`), name), name).toBe("not-found");
      expect(await refusal(store.list(name, { limit: 1 }), name), name).toBe("not-found");
      expect(await refusal(store.remove(`${name}/secret`, { recursive: true }), name), name).toBe(
        "not-found",
      );
      expect(lstatSync(join(served, name)).isDirectory()).toBe(false);
    }
    socket.close();
    expect(readdirSync(outside)).toEqual(["secret"]);
    expect(readFileSync(join(served, "file"), "utf8")).toBe("file");
  });

  test("to remove a folder removes the links in it, and nothing of what they lead to", async ({
    served,
    outside,
    open,
  }) => {
    writeFileSync(join(outside, "secret"), "secret");
    mkdirSync(join(served, "a/b"), { recursive: true });
    symlinkSync(outside, join(served, "a/link"));
    symlinkSync(join(outside, "secret"), join(served, "a/b/link"));
    writeFileSync(Buffer.concat([Buffer.from(`${served}/a/`), Buffer.from([0xff])]), "no text");
    const store = await open(options);
    expect(await refusal(store.remove("a", { recursive: false }), "a")).toBe("not-empty");
    expect(await store.remove("a", { recursive: true })).toBe(5);
    expect(existsSync(join(served, "a"))).toBe(false);
    expect(readFileSync(join(outside, "secret"), "utf8")).toBe("secret");
  });

  test("the private folder has no name", async ({ open, served }) => {
    const store = await open(options);
    const upload = await store.write("file", describeFile(6));
    await upload.write(Buffer.from("abc"), 0);
    // As a disk may have it that knows it under other names, too.
    for (const path of [".socketlab", ".socketlab/incoming", ".socketlab/lock"]) {
      await expect(store.stat(path), path).rejects.toMatchObject({ code: "bad-path" });
      await expect(store.list(path, { limit: 10 }), path).rejects.toBeInstanceOf(StoreError);
      await expect(store.remove(path, { recursive: true }), path).rejects.toMatchObject({ code: "bad-path" });
      await expect(store.write(`${path}/x`, describeFile(1)), path).rejects.toBeInstanceOf(StoreError);
      await expect(store.makeFolder(path, { mode: 0 }), path).rejects.toMatchObject({ code: "bad-path" });
    }
    expect(await treeOf(store)).toEqual([]);
    expect(lstatSync(join(served, ".socketlab")).mode & 0o777).toBe(0o700);
  });

  test("a folder that others move, replace or swap for a link after a file of it is not taken for the one of that name now", async ({
    served,
    outside,
    open,
  }) => {
    const store = await open(options);
    await putInto(store, "a/b/file", "old");
    renameSync(join(served, "a"), join(served, "moved"));
    expect(await refusal(store.open("a/b/file"), "a/b/file")).toBe("not-found");
    await putInto(store, "a/b/file", "new");
    expect((await getFrom(store, "a/b/file")).toString()).toBe("new");
    expect((await getFrom(store, "moved/b/file")).toString()).toBe("old");

    renameSync(join(served, "a/b"), join(served, "a/c"));
    mkdirSync(join(outside, "b"));
    symlinkSync(join(outside, "b"), join(served, "a/b"));
    expect(await refusal(store.open("a/b/file"), "a/b/file")).toBe("not-found");
    expect(await refusal(store.write("a/b/file", describeFile(1)), "b")).toBe("exists");
    expect(readdirSync(join(outside, "b"))).toEqual([]);
  });

  test("the folder that is served may itself be reached by a link", async ({ top, served, open }) => {
    symlinkSync(served, join(top, "link"));
    writeFileSync(join(served, "file"), "abc");
    const store = await open(options);
    expect((await getFrom(store, "file")).toString()).toBe("abc");
  });
});

test.skipIf(process.platform !== "linux")(
  "of any number of folders a few are held open, and none when the store is closed",
  async ({ served, open }) => {
    const held = (): number =>
      readdirSync("/proc/self/fd").filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(join(served, "folder"));
        } catch {
          // That of the listing itself.
          return false;
        }
      }).length;
    const store = await open();
    for (let index = 0; index < 100; index++) await putInto(store, `folder ${index}/file`, "abc");
    expect(held()).toBeLessThanOrEqual(16);
    await store.close();
    expect(held()).toBe(0);
  },
);

/** Where folders cannot be held, this is not promised. */
test.skipIf(process.platform !== "linux")(
  "nothing outside is read, made, changed or removed while another process swaps a folder for a link to it",
  async ({ served, outside, open }) => {
    mkdirSync(join(outside, "inner"));
    for (const name of ["file", "inner/file"]) writeFileSync(join(outside, name), "SECRET");
    mkdirSync(join(served, "swap/inner"), { recursive: true });
    const store = await open();
    for (const name of ["swap/file", "swap/inner/file"]) await putInto(store, name, "public");

    const child = spawn(process.execPath, [racer, join(served, "swap"), outside], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    const seen = { done: 0, refused: 0 };
    const attempt = async (act: () => Promise<unknown>): Promise<void> => {
      try {
        await act();
        seen.done++;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        seen.refused++;
      }
    };
    for (let round = 0; seen.done < 100 || seen.refused < 100; round++) {
      for (const name of ["swap/file", "swap/inner/file"])
        await attempt(async () => expect((await getFrom(store, name)).toString()).toBe("public"));
      await attempt(async () => {
        for (const entry of (await store.list("swap/inner", { limit: 10 })).entries)
          expect(entry.path).toMatch(/^swap\/inner\/(file|mine)/u);
      });
      await attempt(() => putInto(store, "swap/inner/mine", "mine"));
      await attempt(() => putInto(store, `swap/new ${round % 3}/mine`, "mine"));
      await attempt(() => store.makeFolder("swap/inner/mine too", { mode: 0o700, mtimeMs: 0 }));
      await attempt(() => store.remove("swap/inner/mine", { recursive: false }));
      await attempt(() => store.remove(`swap/new ${round % 3}`, { recursive: true }));
      await attempt(() => putInto(store, "swap/file", "public"));
    }
    child.kill("SIGKILL");
    await ended;
    expect(readdirSync(outside, { recursive: true }).map(String).toSorted()).toEqual([
      "file",
      "inner",
      "inner/file",
    ]);
    for (const name of ["file", "inner/file"])
      expect(readFileSync(join(outside, name), "utf8")).toBe("SECRET");
    expect(lstatSync(join(outside, "inner")).mtimeMs).toBeGreaterThan(1);
  },
);
