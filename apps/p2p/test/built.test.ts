// Does the command that was built do what the one of the sources does, from its own few files?
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { TestApp, TestProcess } from "@socketlab/core/test-kit";
import { beforeAll, expect, test } from "vitest";
import { LISTEN, make, openScene } from "./commands/scene.ts";
import { p2p } from "./processes.ts";

const built = new TestApp(new URL("../build/main.cjs", import.meta.url));
const scene = openScene();

beforeAll(async () => {
  const app = fileURLToPath(new URL("../", import.meta.url));
  const vite = join(app, "node_modules", ".bin", "vite");
  await promisify(execFile)(vite, ["build", "--config", "vite.command.config.ts"], { cwd: app });
}, 60_000);

const start = (...args: readonly string[]): TestProcess =>
  TestProcess.start(process.execPath, [built.main, ...args, "--json"]);

test("it says the same of itself", async () => {
  for (const args of [["--help"], ["--version"], ["get", "--help"], ["lab", "--help"]])
    expect(await built.run(args)).toEqual(await p2p(args));
});

test("one shares, another gets it, by our tracker", async () => {
  const tracker = start("tracker", "--listen", "http://127.0.0.1:0");
  const [url] = await tracker.listening();
  const { folder, torrent } = await make(scene, "film.mkv", "--tracker", new URL("/announce", url).href);
  const film = join(folder, "film.mkv");
  const sharing = start("share", film, "--torrent", torrent, ...LISTEN);
  await sharing.says(/"event":"listening"/);
  const there = join(folder, "there");
  expect(await built.run(["get", torrent, "--to", there, ...LISTEN])).toMatchObject({ code: 0 });
  expect(readFileSync(join(there, "film.mkv")).equals(readFileSync(film))).toBe(true);
  for (const each of [sharing, tracker]) expect(await each.stop()).toMatchObject({ code: 0, stderr: "" });
});

test("its lab starts the same program again", async () => {
  const folder = join(scene.folder, "lab");
  const anyPorts = ["--listen", "ws://127.0.0.1:0", "--tracker-port", "0", "--peer-port", "0"];
  const lab = start("lab", "--folder", folder, ...anyPorts, "--size", "300k", "--seed-limit", "10M");
  await lab.listening();
  const read = (...path: string[]): Buffer | undefined => {
    const file = join(folder, ...path, "swarm.bin");
    return existsSync(file) ? readFileSync(file) : undefined;
  };
  await expect.poll(() => read("peers", "2")?.equals(read("seed")!), { timeout: 30_000 }).toBe(true);
  expect(await lab.stop()).toMatchObject({ code: 0 });
});
