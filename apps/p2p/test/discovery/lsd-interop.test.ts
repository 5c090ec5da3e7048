// Local discovery with other programs, each in a network namespace whose only interface is a wire with a loose end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { killRunning, needs, run } from "@socketlab/core/test-kit";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";

const HOST = "10.9.0.1";
const hex = "07".repeat(20);
const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "socketlab-lsd-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(killRunning);

async function meet(...command: string[]): Promise<string> {
  const script = `ip link set lo up; ip link add one type veth peer name two; ip addr add ${HOST}/24 dev one
    ip link set one up; ip link set two up; ip route add default dev one; exec "$0" "$@"`;
  const args = [
    "--net",
    "sh",
    "-c",
    script,
    process.execPath,
    pathOf("lsd-foreign.ts"),
    HOST,
    hex,
    ...command,
  ];
  const { stdout, stderr } = await run("unshare", args);
  return `${stdout.toString()}${stderr}`;
}

test("libtorrent and we find each other", needs("network namespaces", "python libtorrent"), async () => {
  const said = await meet("/usr/bin/python3", pathOf("libtorrent-lsd.py"), HOST, hex, folder);
  expect(said).toBe(`found ${HOST}\ndialled\n`);
});

test("aria2 and we find each other", needs("network namespaces", "aria2"), async () => {
  const magnet = `magnet:?xt=urn:btih:${hex}`;
  const options = ["--no-conf", "--enable-dht=false", "--bt-enable-lpd=true", `--bt-lpd-interface=${HOST}`];
  const said = await meet("aria2c", ...options, `--dir=${folder}`, magnet);
  expect(said).toBe(`found ${HOST}\ndialled\n`);
});
