// Real loss: a network namespace in which a packet filter drops every tenth packet on its way to the server.
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs, TestProcess, run, type Ended } from "@socketlab/core/test-kit";
import { main } from "./processes.ts";

describe("where every tenth packet to the server is dropped", needs("network namespaces"), () => {
  const namespace = `echo-${process.pid}`;
  const inside = (...args: string[]): string[] => ["netns", "exec", namespace, ...args];
  const client = (...args: string[]): Promise<Ended> =>
    run("ip", inside(process.execPath, main, "client", ...args, "--json"));
  let server: TestProcess | undefined;

  beforeAll(async () => {
    execFileSync("ip", ["netns", "add", namespace]);
    execFileSync("ip", inside("ip", "link", "set", "lo", "up"));
    const everyTenth = "dport 7007 numgen inc mod 10 == 5 drop";
    const filter = [
      "add table inet lossy",
      "add chain inet lossy input { type filter hook input priority 0; }",
      `add rule inet lossy input udp ${everyTenth}`,
      `add rule inet lossy input tcp ${everyTenth}`,
    ].join("\n");
    execFileSync("ip", inside("nft", "-f", "-"), { input: filter });
    const doors = ["--listen", "tcp://127.0.0.1:7007", "--listen", "udp://127.0.0.1:7007"];
    server = TestProcess.start("ip", inside(process.execPath, main, "server", ...doors));
    await server.says(/Ctrl-C stops it/);
  });
  afterAll(async () => {
    await server?.stop();
    execFileSync("ip", ["netns", "delete", namespace]);
  });

  test("over UDP every tenth message is lost", async () => {
    const ended = await client(
      "udp://127.0.0.1:7007",
      "--count",
      "50",
      "--interval",
      "2ms",
      "--timeout",
      "500ms",
    );
    expect(summaryOf(ended)).toMatchObject({ sent: 50, received: 45, lost: 5, wrong: 0 });
    expect(ended.code).toBe(1);
  });

  test("over TCP none is, because the kernel sends again; --inspect tells how often", async () => {
    const ended = await client(
      "tcp://127.0.0.1:7007",
      "--count",
      "50",
      "--interval",
      "2ms",
      "--timeout",
      "30",
      "--inspect",
    );
    expect(summaryOf(ended)).toMatchObject({ sent: 50, received: 50, lost: 0, wrong: 0 });
    expect(ended.code).toBe(0);
    const door = JSON.parse(ended.stdout.toString().trim().split("\n").at(-1)!) as {
      tcpInfo?: { retransmits?: number };
    };
    expect(door.tcpInfo?.retransmits).toBeGreaterThan(0);
  });
});

function summaryOf({ stdout }: Ended): unknown {
  const lines = stdout.toString().trim().split("\n");
  return JSON.parse(lines.find((line) => line.includes('"summary"')) ?? "{}");
}
