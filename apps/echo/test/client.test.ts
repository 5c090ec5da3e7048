// The client as a process, against our server as another process.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestProcess } from "@socketlab/core/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { echo, main, startServer } from "./processes.ts";

const folder = mkdtempSync(join(tmpdir(), "echo-"));
const ca = join(folder, ".socketlab/tls/cert.pem");
let server: TestProcess;
let tcp = "";
let tls = "";
let udp = "";
let ws = "";

beforeAll(async () => {
  const doors = ["tcp", "tls", "udp", "ws"].map((transport) => `${transport}://127.0.0.1:0`);
  const started = await startServer(doors, [], { cwd: folder });
  server = started.server;
  [tcp = "", tls = "", udp = "", ws = ""] = started.urls;
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const json = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("one message", () => {
  test("over each transport the reply is printed, and nothing else, and the exit code is 0", async () => {
    const runs = await Promise.all([tcp, udp, ws].map((url) => echo(["client", url, "hello", "wörld"])));
    runs.push(await echo(["client", tls, "hello", "wörld", "--ca", ca]));
    for (const { code, stdout, stderr } of runs)
      expect([code, stdout.toString(), stderr]).toEqual([0, "hello wörld\n", ""]);
  });

  test("--oneshot takes the first line of standard input", async () => {
    const { code, stdout } = await echo(["client", ws, "--oneshot"], { input: "first\r\nsecond\n" });
    expect([code, stdout.toString()]).toEqual([0, "first\n"]);
  });

  test("--oneshot --binary takes all of it, and prints it byte for byte", async () => {
    const input = randomBytes(5000);
    const { code, stdout } = await echo(["client", ws, "--oneshot", "--binary"], { input });
    expect([code, stdout.equals(input)]).toEqual([0, true]);
  });

  test("--json tells it to programs, with what --trace and --inspect see", async () => {
    const { stdout, stderr } = await echo(["client", tcp, "hello", "--json", "--trace", "--inspect"]);
    const lines = json(stdout.toString());
    expect(lines.map(({ event, direction }) => [event, direction].join(" ").trim())).toEqual([
      "message out",
      "message in",
      "reply",
      "door",
    ]);
    expect(lines[2]).toMatchObject({ bytes: 5, pieces: 1, text: "hello" });
    expect(lines[3]).toMatchObject({
      role: "client",
      transport: "tcp",
      messagesOut: 1,
      bytesOut: 5,
      bytesIn: 5,
    });
    expect(stderr).toBe("");
  });

  test("--inspect draws both doors on standard error, --trace-diagram writes the conversation", async () => {
    const file = join(folder, "conversation.mmd");
    const { stdout, stderr } = await echo(["client", tcp, "hello", "--inspect", "--trace-diagram", file]);
    expect(stdout.toString()).toBe("hello\n");
    expect(stderr).toMatch(/client process, pid \d+ .*server process/);
    expect(stderr).toMatch(/= 2130706433/);
    expect(readFileSync(file, "utf8")).toMatch(
      /^sequenceDiagram\n {2}participant client1 .*\n.*\n {2}client1->>server2: text, 5 B: "hello"\n {2}server2->>client1: /,
    );
  });

  test("the parameters of the transport layer show in --inspect", async () => {
    const { stdout, code } = await echo([
      "client",
      tcp,
      "hello",
      "--json",
      "--inspect",
      "--nagle",
      "--keep-alive",
      "60",
      "--send-buffer",
      "32k",
    ]);
    expect(code).toBe(0);
    const door = json(stdout.toString()).at(-1)!;
    // Where the platform does not tell, there is nothing to compare.
    if (door["noDelay"] !== undefined)
      expect(door).toMatchObject({ noDelay: false, keepAlive: true, sendBufferBytes: 65_536 });
  });
});

describe("a pipe", () => {
  test("binary data comes back byte for byte over a stream and over WebSocket", async () => {
    const input = randomBytes(3_000_000);
    for (const url of [tcp, ws]) {
      const { code, stdout, stderr } = await echo(["client", url, "--binary"], { input });
      expect([code, stdout.equals(input), stderr]).toEqual([0, true, ""]);
    }
  });

  test("over UDP and WebSocket each line is a message, and the last one needs no end", async () => {
    for (const url of [udp, ws]) {
      const { code, stdout, stderr } = await echo(["client", url, "--trace"], { input: "one\n\nthree" });
      expect([code, stdout.toString()]).toEqual([0, "one\n\nthree"]);
      expect(stderr.match(/─▶/g)).toHaveLength(3);
    }
  });

  test("binary data over UDP goes in pieces, one at a time", async () => {
    const input = randomBytes(100_000);
    const { code, stdout } = await echo(["client", udp, "--binary"], { input });
    expect([code, stdout.equals(input)]).toEqual([0, true]);
  });

  test("an empty input is done at once", async () => {
    expect(await echo(["client", tcp])).toMatchObject({ code: 0, stderr: "" });
  });

  test("what comes in slowly comes back slowly", async () => {
    const client = TestProcess.start(process.execPath, [main, "client", tcp]);
    client.child.stdin.write("one\n");
    await client.says(/one/);
    client.child.stdin.end("two\n");
    expect((await client.ended).stdout.toString()).toBe("one\ntwo\n");
  });

  test("input that is no text is refused where messages are text, with the cure", async () => {
    const { code, stderr } = await echo(["client", ws], { input: Uint8Array.of(0x61, 0x0a, 0xff, 0x0a) });
    expect([code, stderr]).toEqual([
      2,
      "echo: line 2 of the input is not UTF-8 text; send it with --binary\n",
    ]);
  });

  test("a reader that goes away (| head) is no error", async () => {
    const client = TestProcess.start(process.execPath, [
      main,
      "client",
      tcp,
      "--count",
      "0",
      "--interval",
      "1ms",
    ]);
    await client.says(/seq=1/);
    client.child.stdout.destroy();
    expect(await client.ended).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("ping", () => {
  test.each([["tcp"], ["udp"], ["ws"]])(
    "over %s: a line per reply, the counts, and the times",
    async (transport) => {
      const url = { tcp, udp, ws }[transport]!;
      const { code, stdout } = await echo([
        "client",
        url,
        "--count",
        "3",
        "--interval",
        "5ms",
        "--size",
        "100",
      ]);
      expect(stdout.toString().match(/^100 bytes from .*: seq=[123] time=\d+\.\d{3} ms$/gm)).toHaveLength(3);
      expect(stdout.toString()).toMatch(/^3 sent, 3 received, 0 lost \(0%\), time /m);
      expect(stdout.toString()).toMatch(
        /^round trip min\/avg\/max\/mdev = [\d./]+ ms, p50\/p90\/p99 = [\d./]+ ms$/m,
      );
      expect(code).toBe(0);
    },
  );

  test("through the relay UDP loses, doubles and reorders, and the exit code is 1; the same seed loses the same", async () => {
    const args = [
      "client",
      udp,
      "--count",
      "100",
      "--interval",
      "1ms",
      "--timeout",
      "500ms",
      "--lossy",
      "20%",
      "--seed",
      "3",
      "--json",
    ];
    const { code, stdout } = await echo(args);
    const summary = json(stdout.toString()).at(-1)!;
    expect(code).toBe(1);
    expect(summary).toMatchObject({ event: "summary", sent: 100, wrong: 0 });
    expect(summary["lost"]).toBeGreaterThan(10);
    expect(Number(summary["lost"]) + Number(summary["received"])).toBe(100);
    expect(summary["reordered"]).toBeGreaterThan(0);
  });

  test("through the relay TCP loses nothing, and its messages come in pieces", async () => {
    const { code, stdout } = await echo([
      "client",
      tcp,
      "--count",
      "50",
      "--interval",
      "5ms",
      "--size",
      "1000",
      "--lossy",
      "5%",
    ]);
    expect(stdout.toString()).toMatch(/^50 sent, 50 received, 0 lost \(0%\), \d+ in pieces/m);
    expect(code).toBe(0);
  });

  test("through the relay TLS and WebSocket go on working: what they carry is cut below them", async () => {
    const secure = await echo(["client", tls, "hello", "--ca", ca, "--lossy", "5%"]);
    const framed = await echo([
      "client",
      ws,
      "--count",
      "5",
      "--interval",
      "1ms",
      "--size",
      "1000",
      "--lossy",
      "5%",
    ]);
    expect([secure.code, secure.stdout.toString()]).toEqual([0, "hello\n"]);
    expect(framed.stdout.toString()).toMatch(/^5 sent, 5 received, 0 lost \(0%\), time/m);
  });

  test("Ctrl-C prints the statistics and ends with 130", async () => {
    const client = TestProcess.start(process.execPath, [
      main,
      "client",
      tcp,
      "--count",
      "1000",
      "--interval",
      "10ms",
    ]);
    await client.says(/seq=2/);
    const { code, stdout, stderr } = await client.stop("SIGINT");
    expect(stdout.toString()).toMatch(/^\d+ sent, \d+ received, 0 lost \(0%\)/m);
    expect([code, stderr]).toEqual([130, ""]);
  });
});

describe("flood", () => {
  test.each([["tcp"], ["ws"]])("over %s: so many messages per second, all checked", async (transport) => {
    const { code, stdout } = await echo([
      "client",
      { tcp, ws }[transport]!,
      "--flood",
      "--seconds",
      "300ms",
      "--window",
      "16",
      "--json",
    ]);
    expect(json(stdout.toString())).toEqual([
      expect.objectContaining({ event: "summary", lost: 0, window: 16, sizeBytes: 64 }),
    ]);
    expect(code).toBe(0);
  });

  test("over UDP the server's rate limit shows as loss, and the exit code is 3", async () => {
    const { code, stdout } = await echo(["client", udp, "--flood", "--seconds", "1"]);
    expect(stdout.toString()).toMatch(/messages\/s.*\n.* lost/);
    expect(code).toBe(3);
  });
});

describe("a server that is none", () => {
  let strange: Server;
  let url = "";
  let answer: ((socket: Socket) => void) | undefined;
  beforeAll(async () => {
    strange = createServer((socket) => answer?.(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(strange, "listening");
    url = `tcp://127.0.0.1:${(strange.address() as AddressInfo).port}`;
  });
  afterAll(() => void strange.close());

  test("that changes what it says back is told where", async () => {
    answer = (socket) => socket.on("data", (data) => socket.write(data.toString().toUpperCase()));
    const { code, stderr } = await echo(["client", url, "12345hello"]);
    expect([code, stderr]).toEqual([
      1,
      'echo: what came back is not what was sent: byte 5 differs: "2345hello" was sent, "2345HELLO" came back\n',
    ]);
  });

  test("is told so in a pipe, too", async () => {
    answer = (socket) => socket.on("data", (data) => socket.write(data.toString().toUpperCase()));
    const { code, stdout, stderr } = await echo(["client", url], { input: "12345hello\n" });
    expect([code, stdout.toString()]).toEqual([1, ""]);
    expect(stderr).toMatch(/^echo: what came back is not what was sent: byte 5 differs/);
  });

  test("that says nothing is waited for until the time-out", async () => {
    answer = undefined;
    const { code, stderr } = await echo(["client", url, "hello", "--timeout", "100ms"]);
    expect([code, stderr]).toEqual([1, "echo: no reply within 100 ms (--timeout)\n"]);
  });

  test("that hangs up in the middle is told how far it came", async () => {
    answer = (socket) => socket.on("data", () => socket.end("hel"));
    const { code, stderr } = await echo(["client", url, "hello"]);
    expect([code, stderr]).toEqual([
      1,
      "echo: the server ended the conversation after 3 of 5 bytes had come back\n",
    ]);
  });

  test("that resets is told, in a pipe too", async () => {
    answer = (socket) => socket.on("data", () => socket.resetAndDestroy());
    const { code, stderr } = await echo(["client", url], { input: "hello\n" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^echo: .*reset\)\n$/);
  });

  test("that answers in pieces is put together again", async () => {
    answer = (socket) =>
      socket.on("data", (data) => {
        socket.write(data.subarray(0, 3));
        setTimeout(() => socket.write(data.subarray(3)), 50);
      });
    const { stdout } = await echo(["client", url, "--count", "1"]);
    expect(stdout.toString()).toMatch(/seq=1 time=.* \(in 2 pieces\)$/m);
  });
});

describe("nobody there", () => {
  test("a refused connection names the place, and what to look for", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const { code, stderr } = await echo(["client", `tcp://127.0.0.1:${port}`, "hello"]);
    expect([code, stderr]).toEqual([
      1,
      `echo: cannot connect to tcp://127.0.0.1:${port}: nothing listens there (connection refused); is the server running?\n`,
    ]);
    const datagram = await echo(["client", `udp://127.0.0.1:${port}`, "hello"]);
    expect(datagram.code).toBe(1);
    expect(datagram.stderr).toMatch(/nothing listens there/);
  });

  test("a name that does not resolve is told as such", async () => {
    const { code, stderr } = await echo(["client", "tcp://no-such-host.invalid:7", "hello"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^echo: cannot connect to tcp:\/\/no-such-host\.invalid:7: this host name (does not exist|could not be looked up)/,
    );
  });

  test("a certificate that nobody vouches for is refused, and the cure is named", async () => {
    const { code, stderr } = await echo(["client", tls, "hello"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--ca FILE.*--insecure/);
    expect((await echo(["client", tls, "hello", "--insecure"])).code).toBe(0);
  });
});

test.each([
  [["clint"], 'there is no command "clint"; did you mean "client"?'],
  [["client"], "whom to talk to is missing; try: echo client tcp://127.0.0.1:7007 hello"],
  [["client", "tpc://127.0.0.1:7007"], 'the transport "tpc" is not one of'],
  [["client", "tcp://127.0.0.1:70000", "x"], "70000"],
  [["client", "tcp://127.0.0.1:0", "x"], "port 0 means any free port to a server"],
  [["client", "tcp://127.0.0.1:1", "--cuont", "3"], "there is no flag --cuont; did you mean --count?"],
  [["client", "tcp://127.0.0.1:1", "--count", "many"], '--count: "many" is not a whole number from 0'],
  [["client", "tcp://127.0.0.1:1", "--flood", "--size", "2"], "--size: each message carries its number"],
  [["client", "tcp://127.0.0.1:1", "x", "--count", "3"], "a text and --count exclude each other"],
  [["client", "tcp://127.0.0.1:1", "--interval", "1"], "--interval is for --count"],
  [["client", "tcp://127.0.0.1:1", "x", "--insecure"], "--insecure is for tls:// and wss://, not for tcp://"],
  [["client", "tcp://127.0.0.1:1", "x", "-H", "a:b"], "--header is for ws:// and wss://, not for tcp://"],
  [["client", "ws://127.0.0.1:1", "x", "-H", "nonsense"], '--header: "nonsense" is not NAME:VALUE'],
  [["client", "tcp://127.0.0.1:1", "--json"], "--json needs a text"],
  [["client", "tcp://127.0.0.1:1", "x", "--send-buffer", "big"], '--send-buffer: "big" is not a size'],
  [["client", "tcp://127.0.0.1:1", "x", "--lossy", "200%"], '--lossy: "200%" is not a share'],
])("wrong usage: echo %j is told in one line on standard error, with exit code 2", async (args, sentence) => {
  const { code, stdout, stderr } = await echo(args);
  expect([code, stdout.toString()]).toEqual([2, ""]);
  expect(stderr).toContain(sentence);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
});

test("--help begins with what people really type; --version is a version; no command at all is wrong usage", async () => {
  for (const [args, first] of [
    [["--help"], "echo lab "],
    [["client", "--help"], "echo client tcp://127.0.0.1:7007 hello "],
    [["server", "--help"], "echo lab "],
  ] as const) {
    const { code, stdout, stderr } = await echo(args);
    expect([code, stdout.toString().startsWith(first), stderr]).toEqual([0, true, ""]);
    expect(stdout.toString()).toMatch(/Exit codes: 0 done/);
  }
  expect((await echo(["--version"])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await echo([])).toMatchObject({ code: 2, stderr: expect.stringContaining("echo lab") as string });
});
