// Our servers and the tools that are on many machines: nc, ncat, socat and openssl s_client.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { connect } from "@socketlab/core";
import { echo, startEcho } from "../echo-on-core.ts";
import { findProgram, freePort, needs, type Capability } from "@socketlab/core/test-kit";

/** Runs a tool, says `input` to it, and waits until it has printed `expected` or has ended. */
async function answerOf(program: string, args: string[], input: string, expected = input): Promise<string> {
  const child = spawn(findProgram(program)!, args, { stdio: ["pipe", "pipe", "ignore"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (output.includes(expected)) child.kill();
  });
  child.stdin.on("error", () => {});
  child.stdin.write(input);
  await once(child, "close");
  return output;
}

interface Tool {
  readonly name: Capability;
  readonly tcp: (port: number) => string[];
  readonly udp: (port: number) => string[];
}

const tools: Tool[] = [
  { name: "nc", tcp: (port) => ["127.0.0.1", `${port}`], udp: (port) => ["-u", "127.0.0.1", `${port}`] },
  { name: "ncat", tcp: (port) => ["127.0.0.1", `${port}`], udp: (port) => ["-u", "127.0.0.1", `${port}`] },
  {
    name: "socat",
    tcp: (port) => ["-", `TCP:127.0.0.1:${port}`],
    udp: (port) => ["-", `UDP:127.0.0.1:${port}`],
  },
];

for (const { name, tcp, udp } of tools) {
  test(`${name} over TCP gets its line back`, { ...needs(name), timeout: 15_000 }, async () => {
    await using server = await startEcho("tcp://127.0.0.1:0");
    expect(await answerOf(name, tcp(server.port), "grüße\n")).toBe("grüße\n");
  });

  test(`${name} over UDP gets its datagram back`, { ...needs(name), timeout: 15_000 }, async () => {
    await using server = await startEcho("udp://127.0.0.1:0");
    expect(await answerOf(name, udp(server.port), "grüße\n")).toBe("grüße\n");
  });
}

test(
  "nc that ends its input (-N) gets everything back, then the end",
  { ...needs("nc"), timeout: 15_000 },
  async () => {
    await using server = await startEcho("tcp://127.0.0.1:0");
    const child = spawn(findProgram("nc")!, ["-N", "127.0.0.1", `${server.port}`], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    let came = 0;
    child.stdout.on("data", (chunk: Buffer) => (came += chunk.length));
    child.stdin.end(Buffer.alloc(300_000, "x"));
    const [code] = await once(child, "close");
    expect([came, code]).toEqual([300_000, 0]);
  },
);

test("openssl s_client over TLS gets its line back", { ...needs("openssl"), timeout: 15_000 }, async () => {
  await using server = await startEcho("tls://127.0.0.1:0");
  const args = ["s_client", "-quiet", "-verify_quiet", "-connect", `127.0.0.1:${server.port}`];
  expect(await answerOf("openssl", args, "private\n")).toContain("private\n");
});

test(
  "socat as a server (UDP and TCP) answers our client",
  { ...needs("socat"), timeout: 15_000 },
  async () => {
    for (const transport of ["tcp", "udp"] as const) {
      const port = await freePort();
      const server = spawn(
        findProgram("socat")!,
        [`${transport.toUpperCase()}-LISTEN:${port},bind=127.0.0.1,fork`, "EXEC:cat"],
        {
          stdio: "ignore",
        },
      );
      try {
        expect(await firstAnswer(`${transport}://127.0.0.1:${port}`)).toBe("hello");
      } finally {
        server.kill();
      }
    }
  },
);

/** Tries until the tool has started to listen. */
async function firstAnswer(url: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      await using socket = await connect(echo, url, { closeTimeoutMs: 100 });
      await socket.send("hello");
      const answer = await socket.receive();
      return Buffer.from(answer!).toString();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
