// Does the load generator believe a server only what is true? Skipped where there is no C compiler or no Linux.
import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { build, findCompiler } from "../build.ts";
import { start } from "../processes.ts";

const compiler = process.platform === "linux" ? findCompiler() : undefined;

describe.skipIf(compiler === undefined)("the load generator", () => {
  let load = "";
  let server: net.Server | undefined;

  beforeAll(() => {
    load = build(compiler ?? "cc").load;
  });
  afterEach(() => server?.close());

  /** What the load generator prints about a server that answers every chunk with what `answer` makes of it. */
  async function run(mode: string, answer: (chunk: Buffer, socket: net.Socket) => Buffer): Promise<string> {
    server = net.createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.on("data", (chunk) => socket.write(answer(chunk, socket)));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const args = ["--port", String(port), "--connections", "4", "--window", "8", "--bytes", "64"];
    const program = start(load, [mode, ...args, "--warmup", "0.05", "--seconds", "0.5"]);
    const line = await program.nextLine();
    await program.finish();
    return line;
  }

  test.for(["throughput", "ping-pong"])("%s measures an honest echo server", async (mode) => {
    const figures: unknown = JSON.parse(await run(mode, (chunk) => chunk));
    expect(figures).toMatchObject({ messages: expect.any(Number), messagesPerSecond: expect.any(Number) });
  });

  test.for(["throughput", "ping-pong"])("%s detects a single wrong byte", async (mode) => {
    let seen = 0;
    const damage = (chunk: Buffer): Buffer => {
      seen += chunk.length;
      if (seen > 10_000) chunk[chunk.length - 1] = (chunk.at(-1) ?? 0) ^ 1;
      return chunk;
    };
    await expect(run(mode, damage)).rejects.toThrow(/wrong reply on connection \d+: byte \d+ is 0x/);
  });

  test("throughput detects replies that come back on another connection", async () => {
    const sockets: net.Socket[] = [];
    const swap = (chunk: Buffer, socket: net.Socket): Buffer => {
      if (!sockets.includes(socket)) sockets.push(socket);
      if (sockets.length < 2) return chunk;
      sockets.find((other) => other !== socket)?.write(chunk);
      return Buffer.alloc(0);
    };
    await expect(run("throughput", swap)).rejects.toThrow(/wrong reply|more came back than was sent/);
  });

  test("throughput detects bytes that nobody sent", async () => {
    await expect(run("throughput", (chunk) => Buffer.concat([chunk, chunk]))).rejects.toThrow(
      /wrong reply|more came back than was sent/,
    );
  });

  test("throughput detects a server that hangs up", async () => {
    await expect(run("throughput", (chunk, socket) => (socket.destroySoon(), chunk))).rejects.toThrow(
      /the server ended connection|Broken pipe|reset/,
    );
  });
});
