// Does the load generator count as a delivery only what was said, and is due? Skipped where there is no C compiler or no Linux.
import { once } from "node:events";
import net from "node:net";
import { createInterface } from "node:readline";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { build, findCompiler } from "../build.ts";
import { start } from "../processes.ts";

const compiler = process.platform === "linux" ? findCompiler() : undefined;
const RECEIVERS = 5;
const WINDOW = 3;

interface Said {
  type: string;
  room: string;
  id: string;
  text: string;
}

/** What a chat server does with a line, other than the honest one below. */
type Deliver = (line: string, member: net.Socket, index: number) => void;

describe.skipIf(compiler === undefined)("the load generator in a room", () => {
  let load = "";
  let server: net.Server | undefined;

  beforeAll(() => {
    load = build(compiler ?? "cc").load;
  });
  afterEach(() => server?.close());

  /** A small chat server: it says presence, too, and hands each line that it would tell a member to `deliver`. */
  async function chatServer(deliver: Deliver): Promise<number> {
    const members = new Set<net.Socket>();
    const tellAll = (message: object): void => {
      const line = `${JSON.stringify(message)}\n`;
      let index = 0;
      for (const member of members) deliver(line, member, index++);
    };
    server = net.createServer({ noDelay: true }, (socket) => {
      socket.on("error", () => socket.destroy());
      socket.on("close", () => members.delete(socket));
      const lines = createInterface(socket).on("error", () => socket.destroy());
      lines.on("line", (line) => {
        const message = JSON.parse(line) as Said;
        if (message.type === "hello") socket.write('{"type":"welcome","name":"somebody"}\n');
        if (message.type === "leave") socket.write('{"type":"left","room":"room0"}\n');
        if (message.type === "join") {
          tellAll({ type: "presence", room: "room0", arrived: ["somebody"], people: members.size });
          members.add(socket);
          socket.write('{"type":"joined","room":"room0","seq":0,"people":1}\n');
        }
        if (message.type === "say") {
          tellAll({ type: "typing", room: "room0", name: "somebody" });
          tellAll({ ...message, type: "said", seq: 1 });
          socket.write(`${JSON.stringify({ type: "stored", id: message.id })}\n`);
        }
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    return address.port;
  }

  async function run(mode: string, deliver: Deliver): Promise<Record<string, number>> {
    const port = await chatServer(deliver);
    const args = ["--protocol", "chat", "--port", String(port), "--connections", String(RECEIVERS)];
    args.push("--window", String(WINDOW), "--bytes", "100", "--warmup", "0.05", "--seconds", "0.2");
    const program = start(load, [mode, ...args]);
    const line = await program.nextLine();
    await program.finish();
    return JSON.parse(line) as Record<string, number>;
  }

  const honest: Deliver = (line, member) => void member.write(line);
  const isSaid = (line: string): boolean => line.startsWith('{"type":"said"');

  test("fan-out counts each message once for each receiver, and neither presence nor the sender's own copy", async () => {
    let delivered = 0;
    let largest = 0;
    const figures = await run("fan-out", (line, member, index) => {
      if (isSaid(line) && index < RECEIVERS) delivered++;
      if (isSaid(line)) largest = Math.max(largest, Number((JSON.parse(line) as Said).id));
      member.write(line);
    });
    expect(delivered).toBe((largest + 1) * RECEIVERS);
    expect(figures["deliveries"]).toBeGreaterThan(0);
    expect(figures["deliveries"]).toBeLessThanOrEqual(delivered);
    expect((figures["deliveries"] ?? 0) % (RECEIVERS * WINDOW)).toBe(0);
    expect(figures["p99Micros"]).toBeGreaterThanOrEqual(figures["p50Micros"] ?? Infinity);
  });

  test("fan-out takes a line that comes in two pieces for one", async () => {
    const figures = await run("fan-out", (line, member) => {
      member.write(line.slice(0, 40));
      member.write(line.slice(40));
    });
    expect(figures["deliveries"]).toBeGreaterThan(0);
  });

  test("fan-out detects a message that reaches one receiver twice", async () => {
    const twice: Deliver = (line, member, index) =>
      void member.write(isSaid(line) && index === 2 ? line + line : line);
    await expect(run("fan-out", twice)).rejects.toThrow(/more came back|wrong message|another frame/);
  });

  test("fan-out detects one wrong letter", async () => {
    const damage: Deliver = (line, member, index) =>
      void member.write(isSaid(line) && index === 3 ? line.replace(/(?<="text":".{20})./, "!") : line);
    await expect(run("fan-out", damage)).rejects.toThrow(/another frame|wrong message/);
  });

  test("fan-out detects two messages in the wrong order", async () => {
    let held = "";
    const swap: Deliver = (line, member, index) => {
      if (!isSaid(line) || index !== 1) return void member.write(line);
      if (held === "") held = line;
      else {
        member.write(line + held);
        held = "";
      }
    };
    await expect(run("fan-out", swap)).rejects.toThrow(/another frame|wrong message/);
  });

  test("fan-out notices a message that never comes", { timeout: 20_000 }, async () => {
    const lose: Deliver = (line, member, index) =>
      void (isSaid(line) && index === 4 ? undefined : member.write(line));
    await expect(run("fan-out", lose)).rejects.toThrow(/no delivery for \d+ s: 12 of 15 have come/);
  });

  test.for(["fan-out", "stored"])("%s says what the server has refused", async (mode) => {
    const refuse: Deliver = (line, member) =>
      void member.write(isSaid(line) ? '{"type":"refused","code":"too-fast"}\n' : line);
    await expect(run(mode, refuse)).rejects.toThrow(/refused on connection \d+: .*too-fast/);
  });

  test("stored counts acknowledgements, not what is said", async () => {
    const figures = await run("stored", honest);
    expect(figures["messages"]).toBeGreaterThan(0);
    expect(figures["messagesPerSecond"]).toBeGreaterThan(0);
  });

  test("stored detects a message that is acknowledged twice", async () => {
    const twice: Deliver = (line, member) => {
      member.write(line);
      if (isSaid(line)) member.write(`${JSON.stringify({ type: "stored", id: "0000000000" })}\n`);
    };
    await expect(run("stored", twice)).rejects.toThrow(/acknowledged that is not in flight/);
  });

  test(
    "members joins, visits, and holds its members until it is told to end",
    { timeout: 20_000 },
    async () => {
      const port = await chatServer(honest);
      const args = [
        "--protocol",
        "chat",
        "--port",
        String(port),
        "--connections",
        String(RECEIVERS),
        "--visits",
        "50",
      ];
      const program = start(load, ["members", ...args]);
      const figures = JSON.parse(await program.nextLine(20_000)) as object;
      expect(Object.keys(figures)).toContain("joinMicrosMany");
      const sockets = await new Promise((resolve) =>
        server?.getConnections((_error, count) => resolve(count)),
      );
      expect(sockets).toBeGreaterThanOrEqual(RECEIVERS + 10);
      await program.finish();
    },
  );
});
