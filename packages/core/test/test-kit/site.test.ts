// Has each host of a site an address of its own, at which others reach what lives there, and is nothing left of it?
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import {
  killRunning,
  needs,
  openLoopback,
  openNamespaces,
  run,
  type Site,
} from "../../src/test-kit/index.ts";

/** What a process that lives at one host hears from this one, at each of its addresses. */
async function hear(site: Site, family: "ip4" | "ip6"): Promise<string> {
  const server = createServer((socket) => socket.end(`you are ${socket.remoteAddress ?? ""}`));
  await once(server.listen(0, site[family]), "listening");
  const { port } = server.address() as AddressInfo;
  const host = site.host();
  const to = JSON.stringify({ host: site[family], port, localAddress: host[family] });
  const script = `require("net").connect(${to}).pipe(process.stdout)`;
  const [program, args] = host.command(process.execPath, ["-e", script]);
  const { stdout, stderr } = await run(program, args);
  server.close();
  return stdout.toString().replace(host[family], "its host") || stderr;
}

test("on loopback each host speaks from an address of its own", async () => {
  using site = openLoopback();
  const [one, two] = [site.host(), site.host()];
  expect([one.ip4, two.ip4, site.ip4].map((ip) => ip.replace(/^127\.0\.\d+/, ""))).toEqual([
    ".1",
    ".2",
    ".254",
  ]);
  expect(await hear(site, "ip4")).toBe("you are its host");
});

test(
  "in namespaces, too, and nothing is left of them",
  { ...needs("network namespaces"), timeout: 20_000 },
  async () => {
    const site = openNamespaces();
    try {
      expect(await hear(site, "ip4")).toBe("you are its host");
      expect(await hear(site, "ip6")).toBe("you are its host");
    } finally {
      killRunning();
      site[Symbol.dispose]();
    }
    const spaces = spawnSync("ip", ["netns", "list"], { encoding: "utf8" }).stdout;
    expect(spaces).not.toContain(`site-${process.pid}-`);
    expect(spawnSync("ip", ["addr"], { encoding: "utf8" }).stdout).not.toContain(site.ip4);
  },
);
