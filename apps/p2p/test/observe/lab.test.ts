import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, listen, type MessageSocket } from "@socketlab/core";
import { TestProcess } from "@socketlab/core/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { observation, type FromClient, type FromServer } from "../../src/observe/protocol.ts";
import { main, p2p } from "../processes.ts";

const anyPorts = ["--listen", "ws://127.0.0.1:0", "--tracker-port", "0", "--peer-port", "0"];
const quick = ["--size", "300k", "--seed-limit", "10M", "--peer-limit", "10M"];

describe("p2p lab", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "p2p-lab-"));
  });

  afterAll(() => rm(folder, { recursive: true }));

  function start(...flags: readonly string[]): TestProcess {
    return TestProcess.start(process.execPath, [main, "lab", "--folder", folder, ...quick, ...flags]);
  }

  /** Watches until each of so many peers has everything. @returns their doors' hosts. */
  async function everybody(url: string, peers: number): Promise<string[]> {
    const socket: MessageSocket<FromServer, FromClient> = await connect(observation, url);
    await socket.send({ type: "watch" });
    const hosts = new Map<number, string>();
    const seeds = new Set<number>();
    for await (const message of socket) {
      if (message.type === "appeared") hosts.set(message.peer, message.door.host);
      // 300 KiB in pieces of 64.
      if (message.type === "changed" && message.has === 5) seeds.add(message.peer);
      if (seeds.size === peers) break;
    }
    await socket.close();
    return [...hosts.values()].toSorted();
  }

  test("starts a swarm at addresses of its own in which everybody gets everything, and then starts it anew", async () => {
    for (const round of ["first", "second"]) {
      const lab = start(...anyPorts, "--json");
      const [url] = await lab.listening();
      expect(await everybody(url!, 3), round).toEqual(["127.0.1.1", "127.0.1.2", "127.0.1.3"]);
      const shared = await readFile(join(folder, "seed", "swarm.bin"));
      for (const peer of ["1", "2"])
        expect(shared.equals(await readFile(join(folder, "peers", peer, "swarm.bin"))), round).toBe(true);
      expect((await lab.stop("SIGINT")).code).toBe(0);
      expect(lab.stderr).toBe("");
    }
  });

  test("says what one can do next: where the page is, and how one more peer joins", async () => {
    const lab = start(...anyPorts);
    await lab.says(/Ctrl-C stops it/);
    const [, command] = await lab.says(/npm run -s p2p -- (get .*--observe ws:\/\/127\.0\.0\.1:\d+)/);
    expect(command).toContain(join(folder, "swarm.torrent"));
    await lab.says(/aria2c .*swarm\.torrent/);
    await lab.stop();
  });

  test("says which door is busy, and starts nothing", async () => {
    const other = await listen(observation, "ws://127.0.0.1:0");
    const url = `ws://127.0.0.1:${other.endpoint.port}`;
    const { code, stderr } = await p2p(["lab", "--folder", folder, "--listen", url]);
    await other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`cannot listen at ${url}: another process listens there already`);
    expect(stderr).toContain("Other doors: p2p lab --listen ws://127.0.0.1:0");
  });

  test("says why one of its processes could not start, and ends", async () => {
    const other = await listen(observation, "tcp://127.0.1.2:0");
    const port = String(other.endpoint.port);
    const lab = start("--listen", "ws://127.0.0.1:0", "--tracker-port", "0", "--peer-port", port);
    const { code, stderr } = await lab.ended;
    await other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`peer 1 could not start: cannot listen at tcp://127.0.1.2:${port}`);
    expect(stderr).not.toContain(".ts:");
  });

  test("uses the next ports when another client has the usual ones", async () => {
    const others = await Promise.allSettled([
      listen(observation, "tcp://127.0.1.1:6881"),
      listen(observation, "tcp://127.0.0.1:6969"),
    ]);
    const lab = start("--listen", "ws://127.0.0.1:0", "--json");
    const [url] = await lab.listening();
    expect(await everybody(url!, 3)).toHaveLength(3);
    await lab.stop();
    for (const other of others) if (other.status === "fulfilled") await other.value.close();
  });

  test.each([
    [["--size", "0"], /--size: .*not from 1 to 1G/],
    [["--peer-port", "65536"], /--peer-port: .*is no port/],
    [["--seed-limit", "fast"], /--seed-limit: /],
    [["--listen", "tcp://127.0.0.1:0"], /no door for a browser; use ws:\/\//],
  ])("refuses %j", async (flags, why) => {
    const { code, stderr } = await p2p(["lab", ...flags]);
    expect(stderr).toMatch(why);
    expect(code).toBe(2);
  });

  test("a peer refuses to report where no observer can be", async () => {
    await writeFile(join(folder, "x"), "x");
    const { code, stderr } = await p2p(["share", join(folder, "x"), "--observe", "tcp://127.0.0.1:1"]);
    expect(stderr).toContain("an observer listens at ws:// or wss://");
    expect(code).toBe(2);
  });
});
