// The server as a process: its doors, its limits, and how it ends.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEndpoint } from "@socketlab/core";
import { TestProcess } from "@socketlab/core/test-kit";
import { afterAll, expect, test } from "vitest";
import { echo, main, startServer } from "./processes.ts";

const folder = mkdtempSync(join(tmpdir(), "echo-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("it prints its doors with the commands that talk to them, and ends with 0 on Ctrl-C", async () => {
  const server = TestProcess.start(process.execPath, [
    main,
    "server",
    "--listen",
    "tcp://127.0.0.1:0",
    "--listen",
    "udp://127.0.0.1:0",
  ]);
  await server.says(/Ctrl-C stops it/);
  expect(server.stdout).toMatch(/^Echo waits at 2 doors\. Talk to it from another terminal:$/m);
  expect(server.stdout).toMatch(
    /^ {2}tcp:\/\/127\.0\.0\.1:(\d+) {3}npm run -s echo -- client tcp:\/\/127\.0\.0\.1:\1 hello\n {2} +nc 127\.0\.0\.1 \1$/m,
  );
  expect(server.stdout).toMatch(/^ {2}udp:\/\/127\.0\.0\.1:(\d+) {3}.*\n {2} +nc -u 127\.0\.0\.1 \1$/m);
  expect((await server.stop("SIGINT")).code).toBe(0);
});

test("the lab opens the doors that it is told, makes a certificate, keeps it, and says where to go next", async () => {
  const listen = ["tls://127.0.0.1:0", "ws://127.0.0.1:0"].flatMap((door) => ["--listen", door]);
  const certificates = [];
  for (let round = 0; round < 2; round++) {
    const lab = TestProcess.start(process.execPath, [main, "lab", ...listen], { cwd: folder });
    await lab.says(/Ctrl-C stops it/);
    expect(lab.stdout).toMatch(
      /openssl s_client -quiet -connect 127\.0\.0\.1:\d+ -CAfile \.socketlab\/tls\/cert\.pem$/m,
    );
    const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
    const isInSocketlab = manifest.includes('"@socketlab/echo"');
    if (isInSocketlab)
      expect(lab.stdout).toMatch(
        /read {3}labs\/1-processes-messages-and-sockets\.md\n {2}copy {3}npm run new -- echo \.\.\/my-echo/,
      );
    expect((await lab.stop()).code).toBe(0);
    certificates.push(readFileSync(join(folder, ".socketlab/tls/cert.pem"), "utf8"));
  }
  expect(certificates[0]).toBe(certificates[1]);
  if (process.platform !== "win32")
    expect(statSync(join(folder, ".socketlab/tls/key.pem")).mode & 0o777).toBe(0o600);
});

test("an option of TCP is for the doors over TCP, and an error if there is none", async () => {
  const { server, urls } = await startServer(
    ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"],
    ["--keep-alive", "60", "--inspect"],
  );
  for (const url of urls) expect((await echo(["client", url, "hello"])).code).toBe(0);
  const { stdout } = await server.stop();
  expect(stdout.toString()).toMatch(/"transport":"tcp".*"keepAlive":true/);
  const { code, stderr } = await echo(["server", "--listen", "udp://127.0.0.1:0", "--keep-alive", "60"]);
  expect([code, stderr]).toEqual([
    2,
    "echo: --keep-alive is an option of TCP, and UDP has none like it; leave it out\n",
  ]);
});

test("a busy port is told with its name and with how to choose another; nothing stays open", async () => {
  const { server, urls } = await startServer(["tcp://127.0.0.1:0"]);
  const { code, stderr } = await echo(["server", "--listen", "udp://127.0.0.1:0", "--listen", urls[0]!]);
  expect(code).toBe(1);
  expect(stderr).toBe(
    `echo: cannot listen at ${urls[0]}: another process listens there already; stop it, or choose another port (0: any free one)\n` +
      "Other doors: echo server --listen tcp://127.0.0.1:0 --listen ws://127.0.0.1:0\n",
  );
  await server.stop();
});

test("--inspect draws each conversation at its end, and SIGUSR2 those that are open", async () => {
  const { server, urls } = await startServer(["tcp://127.0.0.1:0"], ["--inspect", "--trace"]);
  const client = connect(parseEndpoint(urls[0]!).port, "127.0.0.1");
  client.write("hello");
  await once(client, "data");
  const doors = (): Record<string, unknown>[] =>
    server.stdout
      .split("\n")
      .filter((line) => line.includes('"event":"door"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  if (process.platform !== "win32") {
    server.child.kill("SIGUSR2");
    await server.says(/"event":"door"/);
    expect(doors()).toEqual([expect.objectContaining({ role: "server", messagesIn: 1, messagesOut: 1 })]);
  }
  client.end();
  await once(client, "close");
  await server.stop();
  expect(doors().at(-1)).toMatchObject({ role: "server", bytesIn: 5, bytesOut: 5 });
  expect(server.stdout.match(/"event":"message"/g)).toHaveLength(2);
});

test("--inspect 1 draws the open ones every second", async () => {
  const { server, urls } = await startServer(["tcp://127.0.0.1:0"], ["--inspect", "0.1"]);
  const client = connect(parseEndpoint(urls[0]!).port, "127.0.0.1");
  await server.says(/("event":"door"[^]*){3}/);
  client.destroy();
  expect((await server.stop()).code).toBe(0);
});

test("one client's reset is nobody else's trouble", async () => {
  const { server, urls } = await startServer(["tcp://127.0.0.1:0"]);
  const bad = connect(parseEndpoint(urls[0]!).port, "127.0.0.1");
  await once(bad, "connect");
  bad.resetAndDestroy();
  expect((await echo(["client", urls[0]!, "still here"])).stdout.toString()).toBe("still here\n");
  expect((await server.stop()).code).toBe(0);
});

test("stopping closes the conversations in an orderly way, within seconds, whether or not the client cares", async () => {
  const { server, urls } = await startServer(["tcp://127.0.0.1:0"]);
  const deaf = connect(parseEndpoint(urls[0]!).port, "127.0.0.1");
  deaf.write("hello");
  await once(deaf, "data");
  const ended = once(deaf, "end");
  const { code } = await server.stop();
  await ended;
  expect(code).toBe(0);
});

test("limits hold: a conversation too many from one address is turned away, a silent one is ended", async () => {
  const { server, urls } = await startServer(
    ["tcp://127.0.0.1:0"],
    ["--max-per-address", "1", "--idle-timeout", "300ms"],
  );
  const { port } = parseEndpoint(urls[0]!);
  const open = async (): Promise<{ closed: Promise<unknown>; isOpen: () => boolean }> => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await new Promise((resolve) => socket.on("connect", resolve));
    return { closed, isOpen: () => !socket.destroyed };
  };
  const first = await open();
  const second = await open();
  await second.closed;
  expect(first.isOpen()).toBe(true);
  await first.closed;
  await server.stop();
});

test("a datagram from a reflector's port is not answered, nor one too many from any other", async () => {
  const { server, urls } = await startServer(["udp://127.0.0.1:0"], ["--udp-rate", "5"]);
  const { port } = parseEndpoint(urls[0]!);
  // The port of BitTorrent trackers: one that needs no root.
  const reflector = await bound(6969);
  reflector.socket.send("whatever", port, "127.0.0.1");
  const { socket, answers } = await bound(0);
  for (let seq = 0; seq < 50; seq++) socket.send(`${seq}`, port, "127.0.0.1");
  // The bucket is full again after a second, so an answer to this one says that all others have been dealt with.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  socket.send("last", port, "127.0.0.1");
  while (answers.at(-1) !== "last") await once(socket, "message");
  expect(answers.length).toBeLessThanOrEqual(12);
  expect(reflector.answers).toEqual([]);
  socket.close();
  reflector.socket.close();
  await server.stop();
});

test.each([
  [
    ["server", "--listen", "udp://0.0.0.0:7007"],
    2,
    "name the address of one interface, such as udp://127.0.0.1:7007",
  ],
  [["server", "--listen", "7007"], 2, "the transport is missing"],
  [["server", "tcp://127.0.0.1:0"], 2, '"tcp://127.0.0.1:0" is no flag; doors are named with --listen URL'],
  [["server", "--lisetn", "x"], 2, "did you mean --listen?"],
  [["server", "--tls-cert", "x"], 2, "--tls-cert and --tls-key belong together"],
  [
    ["server", "--tls-cert", "missing.pem", "--tls-key", "missing.pem"],
    1,
    '--tls-cert: cannot read "missing.pem" (ENOENT)',
  ],
  [["server", "--log-level", "loud"], 2, '--log-level: "loud" is not one of silent'],
  [["server", "--idle-timeout", "soon"], 2, '--idle-timeout: "soon" is not a time'],
  [["server", "--listen", "tcp://127.0.0.1:0", "--page", "no-such-folder"], 1, "no-such-folder"],
  [["server", "--listen", "tcp://192.0.2.1:0"], 1, "this machine has no such address"],
  [
    ["server", "--listen", "tcp://127.0.0.1:0", "--trace-diagram", "no/such/file"],
    1,
    '--trace-diagram: cannot write "no/such/file" (ENOENT)',
  ],
])("echo %j fails with exit code %d and a sentence", async (args, code, sentence) => {
  const ended = await echo(args, { cwd: folder });
  expect(ended).toMatchObject({ code, stderr: expect.stringContaining(sentence) as string });
  expect(ended.stdout.toString()).toBe("");
});

/** A socket and what comes to it. */
async function bound(localPort: number): Promise<{ socket: Socket; answers: string[] }> {
  const socket = createSocket("udp4");
  const answers: string[] = [];
  socket.on("message", (message) => answers.push(message.toString()));
  socket.bind(localPort, "127.0.0.1");
  await once(socket, "listening");
  return { socket, answers };
}
