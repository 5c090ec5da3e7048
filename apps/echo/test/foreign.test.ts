// Our server with clients that we did not write, and our client with servers that we did not write.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEndpoint } from "@socketlab/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, needs, TestProcess, run } from "@socketlab/core/test-kit";
import { echo, main, startServer } from "./processes.ts";

const folder = mkdtempSync(join(tmpdir(), "echo-"));
let server: TestProcess;
let tcp = 0;
let tls = 0;
let udp = 0;
let ws = "";
beforeAll(async () => {
  const started = await startServer(
    ["tcp", "tls", "udp", "ws"].map((each) => `${each}://127.0.0.1:0`),
    [],
    { cwd: folder },
  );
  server = started.server;
  [tcp = 0, tls = 0, udp = 0] = started.urls.map((url) => parseEndpoint(url).port);
  ws = started.urls[3]!;
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const input = `${"a line of text\n".repeat(10_000)}and a last one without an end`;

describe("foreign clients get back what they send", () => {
  test("nc, over TCP, which says that it has ended and then waits for the rest", needs("nc"), async () => {
    const { stdout } = await run("nc", ["-N", "127.0.0.1", String(tcp)], { input });
    expect(stdout.toString()).toBe(input);
  });

  test("ncat, over TCP and UDP", needs("ncat"), async () => {
    const stream = await run("ncat", ["127.0.0.1", String(tcp)], { input });
    expect(stream.stdout.toString()).toBe(input);
    const datagrams = TestProcess.start("ncat", ["-u", "127.0.0.1", String(udp)]);
    datagrams.child.stdin.write("one datagram\n");
    await datagrams.says(/one datagram\n/);
    await datagrams.stop();
  });

  test("socat, over TCP", needs("socat"), async () => {
    const { stdout } = await run("socat", ["-t5", "-", `TCP:127.0.0.1:${tcp}`], { input });
    expect(stdout.toString()).toBe(input);
  });

  test("openssl s_client, which trusts the certificate that we keep", needs("openssl"), async () => {
    const ca = join(folder, ".socketlab/tls/cert.pem");
    const args = [
      "s_client",
      "-quiet",
      "-verify_return_error",
      "-verify_ip",
      "127.0.0.1",
      "-CAfile",
      ca,
      "-connect",
      `127.0.0.1:${tls}`,
    ];
    const client = TestProcess.start("openssl", args);
    client.child.stdin.write("over TLS\n");
    await client.says(/over TLS\n/);
    client.child.stdin.end();
    expect((await client.stop()).stdout.toString()).toBe("over TLS\n");
  });

  test("the WebSocket of Node.js: text as text, bytes as bytes, and an orderly end", async () => {
    const socket = new WebSocket(`${ws}/echo/abc`);
    socket.binaryType = "arraybuffer";
    const next = (): Promise<unknown> =>
      new Promise((resolve) =>
        socket.addEventListener("message", ({ data }) => resolve(data), { once: true }),
      );
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    for (const message of ["hello", "", "wörld €"]) {
      socket.send(message);
      expect(await next()).toBe(message);
    }
    socket.send(Uint8Array.of(0, 255, 10));
    expect(new Uint8Array((await next()) as ArrayBuffer)).toEqual(Uint8Array.of(0, 255, 10));
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
    socket.close(1000, "done");
    expect(await closed).toMatchObject({ wasClean: true, code: 1000 });
  });

  test("python's websockets", needs("python websockets"), async () => {
    const program = `
import asyncio, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1]) as socket:
        for message in ["text", b"bytes", "x" * 100000]:
            await socket.send(message)
            assert await socket.recv() == message
    print("same")
asyncio.run(main())`;
    const { stdout, stderr } = await run("/usr/bin/python3", ["-c", program, ws]);
    expect([stdout.toString(), stderr]).toEqual(["same\n", ""]);
  });
});

describe("foreign servers are echo servers to our client", () => {
  test("ncat -e /bin/cat, over TCP: a text, a pipe, a ping", needs("ncat"), async () => {
    const port = String(await freePort());
    const foreign = TestProcess.start("ncat", ["-v", "-l", "-k", "-e", "/bin/cat", "127.0.0.1", port]);
    await foreign.says(/Listening on/);
    const url = `tcp://127.0.0.1:${port}`;
    const text = await echo(["client", url, "hello"]);
    const piped = await echo(["client", url], { input });
    const pinged = await echo(["client", url, "--count", "3", "--interval", "5ms"]);
    expect([text.stdout.toString(), piped.stdout.toString() === input, pinged.code]).toEqual([
      "hello\n",
      true,
      0,
    ]);
    await foreign.stop();
  });

  test("socat PIPE, over UDP: a text, and lines", needs("socat"), async () => {
    const port = String(await freePort());
    const foreign = TestProcess.start("socat", [
      "-d",
      "-d",
      `UDP4-RECVFROM:${port},bind=127.0.0.1,fork`,
      "PIPE",
    ]);
    await foreign.says(/receiving on|listening on/);
    const url = `udp://127.0.0.1:${port}`;
    const text = await echo(["client", url, "hello"]);
    const lines = await echo(["client", url], { input: "one\ntwo\n" });
    expect([text.stdout.toString(), lines.stdout.toString()]).toEqual(["hello\n", "one\ntwo\n"]);
    await foreign.stop();
  });

  test("python's websockets", needs("python websockets"), async () => {
    const program = `
import asyncio, websockets
async def back(socket):
    async for message in socket: await socket.send(message)
async def main():
    async with websockets.serve(back, "127.0.0.1", 0) as server:
        print("port", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run(main())`;
    const foreign = TestProcess.start("/usr/bin/python3", ["-c", program]);
    const [, port = ""] = await foreign.says(/port (\d+)/);
    const { code, stdout } = await echo(["client", `ws://127.0.0.1:${port}`, "hello", "-H", "X-Test: 1"]);
    expect([code, stdout.toString()]).toEqual([0, "hello\n"]);
    await foreign.stop();
  });
});

test(
  "a person at a terminal gets a prompt, and the reply with its size and time",
  needs("socat"),
  async () => {
    // Paths by way of the environment: socat would cut them at a space.
    const env = { ...process.env, NODE: process.execPath, MAIN: main, DOOR: `tcp://127.0.0.1:${tcp}` };
    const command = 'exec \\"$NODE\\" \\"$MAIN\\" client $DOOR';
    const person = TestProcess.start("socat", ["-t5", "-", `SYSTEM:${command},pty,setsid,ctty,stderr`], {
      env,
    });
    await person.says(/Ctrl-D ends/);
    await person.says(/> /);
    person.child.stdin.write("hello\n");
    await person.says(/hello {2}.*\(5 bytes, [\d.]+ ms\)/);
    // Ctrl-D.
    person.child.stdin.write("\u0004");
    await person.ended;
  },
);
