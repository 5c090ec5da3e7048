// The server as a process: its doors, its store, its tokens, and how it ends.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, parseEndpoint, type ConnectOptions } from "@socketlab/core";
import { TestProcess } from "@socketlab/core/test-kit";
import { afterAll, describe, expect, test } from "vitest";
import { chat, type FromClient, type FromServer } from "../src/protocol.ts";
import { chat as chatCommand, main, startServer } from "./processes.ts";

const folder = mkdtempSync(join(tmpdir(), "chat-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run = async (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> => {
  const { code, stdout, stderr } = await chatCommand(args);
  return { code, stderr, stdout: stdout.toString() };
};

const TCP = "tcp://127.0.0.1:0";

/** Says all this, one after the other's answer, and yields the answers; presence is left out. */
async function ask(url: string, messages: FromClient[], options?: ConnectOptions): Promise<FromServer[]> {
  await using socket = await connect(chat, url, options);
  const answers: FromServer[] = [];
  for (const message of messages) {
    await socket.send(message);
    for (let answer; (answer = await socket.receive()) !== undefined;) {
      if (answer.type === "presence" || answer.type === "said") continue;
      answers.push(answer);
      break;
    }
  }
  return answers;
}

const hello = (name: string, token?: string): FromClient => ({
  type: "hello",
  name,
  ...(token && { token }),
});
const codes = (answers: readonly FromServer[]): string[] =>
  answers.map((answer) => (answer.type === "refused" ? answer.code : answer.type));

test("it prints its doors with the commands that talk to them, and ends with 0 on Ctrl-C", async () => {
  const server = TestProcess.start(process.execPath, [
    main,
    "server",
    "--listen",
    TCP,
    "--listen",
    "ws://127.0.0.1:0",
    "--store",
    "memory",
  ]);
  await server.says(/Ctrl-C stops it/);
  expect(server.stdout).toMatch(
    /^Chat waits at 2 doors, and keeps what is said in memory, until it stops\. Talk to it from another terminal:$/m,
  );
  expect(server.stdout).toMatch(
    /^ {2}tcp:\/\/127\.0\.0\.1:(\d+) {3}npm run -s chat -- client tcp:\/\/127\.0\.0\.1:\1 --name ann --room lobby\n {2} +nc 127\.0\.0\.1 \1$/m,
  );
  expect(server.stdout).toMatch(
    /npm run -s chat -- client ws:\/\/127\.0\.0\.1:(\d+) --name ann --room lobby$/m,
  );
  expect((await server.stop()).code).toBe(0);
});

test("the lines that it prints for nc are what one can type", async () => {
  const server = TestProcess.start(process.execPath, [main, "server", "--listen", TCP, "--store", "memory"]);
  await server.says(/Ctrl-C stops it/);
  const port = Number(/nc 127\.0\.0\.1 (\d+)$/m.exec(server.stdout)![1]);
  const lines = server.stdout.split("\n").filter((line) => line.startsWith("  {"));
  const nc = connectTcp(port, "127.0.0.1");
  nc.write(`${lines.join("\n")}\n`);
  let heard = "";
  for (nc.on("data", (chunk: Buffer) => (heard += chunk.toString())); !heard.includes('"stored"');)
    await once(nc, "data");
  expect(heard).toMatch(/"welcome".*\n.*"joined".*\n/);
  expect(heard).toMatch(/"said".*"from":"bob"/);
  nc.destroy();
  await server.stop();
});

test("what was said is there when it comes back, and its clients are told that it goes", async () => {
  const file = join(folder, "deep", "chat.db");
  const { server, urls } = await startServer([TCP, "ws://127.0.0.1:0"], ["--store", file]);
  const sockets = await Promise.all(urls.map((url) => connect(chat, url)));
  const goodbyes = sockets.map(async (socket) => {
    expect(await socket.receive()).toBeUndefined();
    await socket.close();
    return socket.closed;
  });
  const said: FromClient[] = [
    hello("ann"),
    { type: "join", room: "lobby" },
    { type: "say", room: "lobby", id: "1", text: "hi" },
  ];
  expect(codes(await ask(urls[1]!, said))).toEqual(["welcome", "joined", "stored"]);
  expect((await server.stop("SIGTERM")).code).toBe(0);
  const [overTcp, overWebSocket] = await Promise.all(goodbyes);
  expect(overTcp).toMatchObject({ by: "remote", error: undefined });
  expect(overWebSocket).toMatchObject({ by: "remote", reason: "1000 the server is stopping" });

  const again = await startServer([TCP], ["--store", file]);
  const answers = await ask(again.urls[0]!, [
    hello("bob"),
    { type: "join", room: "lobby" },
    { type: "history", room: "lobby" },
  ]);
  expect(answers.at(-1)).toMatchObject({ type: "page", messages: [{ from: "ann", text: "hi" }] });
  const other = await run("server", "--listen", TCP, "--store", file);
  expect(other.code).toBe(1);
  expect(other.stderr).toMatch(/^chat: .*chat\.db is in use by another process/);
  await again.server.stop();
});

test("a busy port is told with its name and with how to choose another", async () => {
  const { server, urls } = await startServer([TCP]);
  const { code, stderr } = await run("server", "--listen", urls[0]!, "--store", "memory");
  expect(code).toBe(1);
  expect(stderr).toBe(
    `chat: cannot listen at ${urls[0]}: another process listens there already; stop it, or choose another port (0: any free one)\n` +
      "Other doors: chat server --listen tcp://127.0.0.1:0 --listen ws://127.0.0.1:0\n",
  );
  await server.stop();
});

test.each([
  [["server", "extra"], /"extra" is no flag; doors are named with --listen URL/],
  [["server", "--listne", TCP], /there is no flag --listne; did you mean --listen\?/],
  [["server", "--listen", "udp://127.0.0.1:0"], /would lose messages, and chat must not; use tcp:\/\//],
  [["server", "--rate", "fast"], /--rate: "fast" is not a whole number from 0/],
  [
    ["server", "--members-only", "staff"],
    /--members-only needs the secret that signs tokens: --secret-file FILE/,
  ],
  [["server", "--token-needed"], /--token-needed needs the secret/],
  [["server", "--store", "redis://127.0.0.1"], /--store: there is no store redis:\/\//],
  [["server", "--log-level", "loud"], /--log-level: "loud" is not one of silent,/],
  [["token", "--name", "ann"], /chat token --name NAME --secret-file FILE/],
  [["token", "--name", "<b>", "--secret-file", "x"], /--name: "<b>" cannot be a name: 1 to 32 letters/],
  [["sever"], /there is no command "sever"; did you mean "server"\?/],
])("%j is wrong usage, and says what is wrong", async (args, message) => {
  const { code, stderr, stdout } = await run(...args);
  expect(stderr).toMatch(message);
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test.each([["--help"], ["server", "--help"], ["lab", "--help"], ["token", "--help"]])(
  "%j %s tells how it is used",
  async (...args) => {
    const { code, stdout } = await run(...args.filter((arg) => arg !== undefined));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^chat /);
    expect(stdout).toContain("Exit codes:");
  },
);

describe("with a secret", () => {
  const secret = join(folder, "chat.secret");
  writeFileSync(secret, randomBytes(48).toString("base64"));
  const token = async (...flags: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run("token", "--secret-file", secret, ...flags);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout.trim();
  };

  test("members' rooms are open to those whose token is good for them", async () => {
    const { server, urls } = await startServer(
      [TCP],
      ["--secret-file", secret, "--members-only", "Staff", "--members-only", "board"],
    );
    const rooms = ["lobby", "staff", "board"].map((room): FromClient => ({ type: "join", room }));
    expect(codes(await ask(urls[0]!, [hello("bob"), ...rooms]))).toEqual([
      "welcome",
      "joined",
      "token-needed",
      "token-needed",
    ]);
    const all = await token("--name", "Ann");
    expect(await ask(urls[0]!, [hello("somebody else", all)])).toEqual([{ type: "welcome", name: "Ann" }]);
    expect(codes(await ask(urls[0]!, [hello("", all), ...rooms]))).toEqual([
      "welcome",
      "joined",
      "joined",
      "joined",
    ]);
    const one = await token("--name", "Ann", "--rooms", "STAFF,other", "--expires", "1h");
    expect(codes(await ask(urls[0]!, [hello("", one), ...rooms]))).toEqual([
      "welcome",
      "joined",
      "joined",
      "token-needed",
    ]);
    await server.stop();
  });

  test("nobody comes in without one, where one is needed", async () => {
    const { server, urls } = await startServer([TCP], ["--secret-file", secret, "--token-needed"]);
    const good = await token("--name", "Ann");
    const [head, body] = good.split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const bad = [`${head}.${body}.`, `${none}.${body}.`, good.slice(0, -2), "x", "", `${good}.x`];
    const answers = await ask(urls[0]!, [
      hello("ann"),
      ...bad.map((each): FromClient => ({ type: "hello", name: "ann", token: each })),
      hello("", good),
    ]);
    expect(codes(answers)).toEqual(["token-needed", ...bad.map(() => "bad-token"), "welcome"]);
    const late = await ask(urls[0]!, [hello("", await token("--name", "Ann", "--expires", "0"))]);
    expect(late).toMatchObject([{ code: "bad-token", detail: "the token has expired" }]);
    await server.stop();
  });

  test("that is too short, or not there, it does not start", async () => {
    writeFileSync(join(folder, "short"), `${"x".repeat(31)}\n`);
    for (const [name, reason] of [
      ["short", /has 31 bytes, and a secret has at least 32/],
      ["none", /cannot read .* \(ENOENT\); make one with: openssl rand/],
    ] as const) {
      const { code, stderr } = await run(
        "server",
        "--listen",
        TCP,
        "--store",
        "memory",
        "--secret-file",
        join(folder, name),
      );
      expect(stderr).toMatch(reason);
      expect(code).toBe(1);
    }
  });
});

test("a token is refused where there are none", async () => {
  const { server, urls } = await startServer([TCP]);
  expect(codes(await ask(urls[0]!, [hello("ann", "x"), hello("ann")]))).toEqual(["bad-token", "welcome"]);
  await server.stop();
});

test("behind tls and wss all is the same; the certificate is kept for the next start", async () => {
  const { server, urls } = await startServer(["tls://127.0.0.1:0", "wss://127.0.0.1:0"], [], { cwd: folder });
  const file = join(folder, ".socketlab/tls/cert.pem");
  expect(existsSync(file)).toBe(true);
  for (const url of urls)
    expect(
      codes(
        await ask(url, [hello("ann"), { type: "join", room: "lobby" }], { tls: { ca: readFileSync(file) } }),
      ),
    ).toEqual(["welcome", "joined"]);
  await server.stop();
});

test("at /metrics it tells how much was stored and delivered", async () => {
  const { server, urls } = await startServer(["ws://127.0.0.1:0"]);
  await using ann = await connect(chat, urls[0]!);
  await ann.send(hello("ann"));
  await ann.send({ type: "join", room: "lobby" });
  await ann.send({ type: "say", room: "lobby", id: "1", text: "hi" });
  for await (const { type } of ann) if (type === "stored") break;
  const text = await (await fetch(`${urls[0]!.replace("ws:", "http:")}/metrics`)).text();
  for (const name of ["messages_stored_total", "deliveries_total", "rooms", "people"])
    expect(text).toContain(`\nchat_${name}{server="chat"} 1\n`);
  // A server that stops waits for those who do not read.
  await ann.close();
  await server.stop();
});

test("a page from elsewhere may not talk to it", async () => {
  const { server, urls } = await startServer(["ws://127.0.0.1:0"]);
  await expect(connect(chat, urls[0]!, { headers: { Origin: "http://evil.example" } })).rejects.toThrow();
  const own = `http://127.0.0.1:${parseEndpoint(urls[0]!).port}`;
  expect(codes(await ask(urls[0]!, [hello("ann")], { headers: { Origin: own } }))).toEqual(["welcome"]);
  await server.stop();
});

test("whoever talks nonsense is told so and sent away, and nobody else notices", async () => {
  const { server, urls } = await startServer([TCP]);
  await using bystander = await connect(chat, urls[0]!);
  await bystander.send(hello("ann"));
  expect(await bystander.receive()).toMatchObject({ type: "welcome" });
  const nonsense = [
    "GET / HTTP/1.1\r\n\r\n",
    "{}\n",
    '{"type":"hello"}\n',
    '{"type":"welcome","name":"x"}\n',
    "\xff\xfe\n",
    `${"x".repeat(70_000)}\n`,
    '{"type":"__proto__"}\n',
    "[]\n",
    "null\n",
  ];
  for (const text of nonsense) {
    const socket = connectTcp(parseEndpoint(urls[0]!).port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(Buffer.from(text, "latin1"));
    let heard = "";
    socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
    await once(socket, "close");
    expect(heard, text.slice(0, 30)).toMatch(/^\{"type":"refused","code":"bad-message","detail":".*"\}\n$/);
  }
  await bystander.send({ type: "ping" });
  expect(await bystander.receive()).toEqual({ type: "pong" });
  await bystander.close();
  expect((await server.stop()).code).toBe(0);
});
