// A disk that is full, on either side: the one who asked is told, nothing has the name, and with room again it goes on.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import { Command, contentOf, FileServer } from "./file-transfer/processes.ts";
import { Relay } from "./file-transfer/relay.ts";

const MIB = 1024 * 1024;
const SIZE = 40 * MIB + 3;
const content = contentOf(9, SIZE);
vi.setConfig({ testTimeout: 60_000 });
let folder = "";
let [here, there] = ["", ""];
let server: FileServer;
let relay: Relay;

function mount(path: string, ...args: string[]): void {
  const { status, stderr } = spawnSync("mount", [...args, path], { encoding: "utf8" });
  if (status !== 0) throw new Error(`mount ${args.join(" ")}: ${stderr}`);
}

describe("a full disk", needs("a disk of its own"), () => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "file-disk-"));
    [here, there] = [join(folder, "here"), join(folder, "there")];
    for (const path of [here, there]) mkdirSync(path);
  });
  afterEach(async () => {
    await server.kill();
    await relay.close();
    for (const path of [here, there]) spawnSync("umount", ["--lazy", path], { stdio: "ignore" });
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(["put", "get"] as const)(
    "%s is told, and goes on where it was when there is room",
    async (what) => {
      const [from, to] = what === "put" ? [here, there] : [there, here];
      const direction = what === "put" ? "up" : "down";
      mount(to, "-t", "tmpfs", "-o", "size=24m", "none");
      server = await FileServer.started(there);
      relay = await Relay.to(server.tcp);
      writeFileSync(join(from, "file"), content);
      const run = (): Command =>
        what === "put"
          ? new Command("put", join(here, "file"), relay.url)
          : new Command("get", `${relay.url}/file`, here);
      const full = await run().ended;
      expect(full.code, full.stderr).toBe(1);
      expect(full.stderr).toMatch(what === "put" ? /disk is full/u : /ENOSPC/u);
      expect(existsSync(join(to, "file"))).toBe(false);
      // Others go on meanwhile.
      const list = await new Command("list", relay.url).ended;
      expect([list.code, list.stdout.includes("file")]).toEqual([0, what === "get"]);

      mount(to, "-o", "remount,size=64m");
      const before = relay.passed[direction];
      const again = await run().ended;
      expect(again.code, again.stderr).toBe(0);
      expect(readFileSync(join(to, "file")).equals(content)).toBe(true);
      // About 24 MiB were there.
      expect(relay.passed[direction] - before).toBeLessThan(SIZE - 12 * MIB);
      expect(readdirSync(to).filter((name) => name.endsWith(".part"))).toEqual([]);
    },
  );
});
