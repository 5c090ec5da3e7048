import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { needs, run } from "@socketlab/core/test-kit";
import { randomBytes, serveHttp, type Serving } from "./serving.ts";

// The programs that people have. Each gets the file whole, or goes on with half of it; every byte is compared.

const large = randomBytes(24 * 1024 * 1024 + 4567);
const NAME = "Größe 100%.bin";
let serving: Serving;
let folder = "";
let url = "";

beforeAll(async () => {
  serving = await serveHttp();
  serving.store.put(NAME, large);
  url = `${serving.url}/files/${encodeURIComponent(NAME)}`;
  folder = await mkdtemp(join(tmpdir(), "http-clients-"));
});
afterAll(async () => {
  await serving[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A file of which the first half is there. */
async function half(name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, large.subarray(0, large.length / 2));
  return path;
}

async function expectSame(path: string): Promise<void> {
  expect((await readFile(path)).equals(large), `${path} is what was served`).toBe(true);
}

/** Runs it here, without the user's settings and proxies. */
async function must(program: string, ...args: string[]): Promise<{ stdout: Buffer; stderr: string }> {
  const env = { HOME: folder, http_proxy: "", no_proxy: "*" };
  const ended = await run(program, args, { cwd: folder, env });
  expect(ended.code, `${program}: ${ended.stderr}`).toBe(0);
  return ended;
}

test("curl gets it whole", needs("curl"), async () => {
  await must("curl", "-sSf", "-o", "curl.bin", url);
  await expectSame(join(folder, "curl.bin"));
});

test("curl -C - goes on with what it has", needs("curl"), async () => {
  const path = await half("curl-half.bin");
  const { stdout } = await must(
    "curl",
    "-sSf",
    "-C",
    "-",
    "-w",
    "%{http_code} %{size_download}",
    "-o",
    path,
    url,
  );
  expect(stdout.toString()).toBe(`206 ${large.length - Math.floor(large.length / 2)}`);
  await expectSame(path);
});

test("curl -r gets one range, or several as parts", needs("curl"), async () => {
  const one = await must("curl", "-sSf", "-r", "1000-1999", url);
  expect(one.stdout.equals(large.subarray(1000, 2000))).toBe(true);
  const several = await must("curl", "-sSf", "-r", "0-99,5000-5099,-100", url);
  for (const [first, end] of [
    [0, 100],
    [5000, 5100],
    [large.length - 100, large.length],
  ])
    expect(several.stdout.includes(Buffer.from(large.subarray(first, end)))).toBe(true);
  expect(several.stdout.toString("latin1").match(/Content-Range: /g)).toHaveLength(3);
});

test(
  "curl -z does not get again what has not changed; -J saves it under its name",
  needs("curl"),
  async () => {
    await must("curl", "-sSf", "-R", "-o", "dated.bin", url);
    const again = await must("curl", "-sSf", "-z", "dated.bin", "-w", "%{http_code}", "-o", "none", url);
    expect(again.stdout.toString()).toBe("304");
    await must("curl", "-sSf", "-OJ", `${url}?download`);
    await expectSame(join(folder, "Gr__e 100_.bin"));
  },
);

test("wget -c goes on with what it has, and knows when it has all", needs("wget"), async () => {
  const path = await half(NAME);
  const { stderr } = await must("wget", "-c", "--no-proxy", "--local-encoding=UTF-8", "-O", path, url);
  expect(stderr).toContain("206 Partial Content");
  await expectSame(path);
  const again = await must("wget", "-c", "--no-proxy", "-O", path, url);
  expect(again.stderr).toContain("416");
  await expectSame(path);
});

test("wget -N gets it again only when it has changed", needs("wget"), async () => {
  const plain = `${serving.url}/files/plain.bin`;
  serving.store.put("plain.bin", randomBytes(1000, 2));
  await must("wget", "-N", "--no-proxy", plain);
  expect((await must("wget", "-N", "--no-proxy", plain)).stderr).toContain("304");
  serving.store.put("plain.bin", large, Date.UTC(2024, 2, 1));
  await must("wget", "-N", "--no-proxy", plain);
  await expectSame(join(folder, "plain.bin"));
});

test("aria2c -x4 gets it over four connections", needs("aria2"), async () => {
  const options = ["-x4", "-s4", "-k1M", "--no-conf", "--all-proxy=", "--file-allocation=none"];
  const { stdout } = await must("aria2c", ...options, "--log=-", "--log-level=info", "-o", "aria2.bin", url);
  await expectSame(join(folder, "aria2.bin"));
  const ranges = new Set(stdout.toString().match(/^Range: bytes=\d+-\d*/gm));
  expect(ranges.size).toBeGreaterThanOrEqual(3);
});

test(
  "rclone copies it from its http remote, with its time, and finds it unchanged then",
  needs("rclone"),
  async () => {
    serving.store.put("for rclone.bin", large);
    const args = [
      "copyto",
      "--config",
      "/dev/null",
      "--http-url",
      `${serving.url}/files/`,
      ":http:for rclone.bin",
    ];
    await must("rclone", ...args, "rclone.bin");
    await expectSame(join(folder, "rclone.bin"));
    expect((await stat(join(folder, "rclone.bin"))).mtimeMs).toBe(Date.UTC(2024, 1, 29, 12));
    const again = await must("rclone", ...args, "rclone.bin", "-vv");
    expect(again.stderr).toMatch(/Unchanged skipping/);
  },
);
