// Random bytes on every port: each conversation is refused or goes on, the server stays, and memory comes back.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, test } from "vitest";
import { ClosedError, ProtocolError, seededRandom, type Random } from "@socketlab/core";
import { startEcho, startEchoOf, type EchoServer } from "../echo-on-core.ts";
import { until, whileOthersEcho, whileOthersTalk } from "./bystander.ts";
import { rawClient, rawWebSocket, type RawClient } from "./raw-client.ts";
import { chunkEcho, chunkTalk, lineEcho, lineTalk } from "./small-talk.ts";

const CLIENTS = Number(process.env["SOCKETLAB_GARBAGE_CLIENTS"] ?? 100);
function garbage(random: Random, most: number): Buffer {
  const likely = [0x00, 0x0a, 0x16, 0x7b, 0x81, 0x82, 0x88, 0x89];
  return Buffer.from(
    Array.from({ length: 1 + Math.floor(random() * most) }, () =>
      random() < 0.2 ? likely[Math.floor(random() * likely.length)]! : Math.floor(random() * 256),
    ),
  );
}

/** Each client says garbage, in pieces, then ends or breaks off; all must be gone afterwards. */
async function spray(open: () => Promise<RawClient>, seed: number): Promise<void> {
  const random = seededRandom(seed);
  for (let n = 0; n < CLIENTS; n += 10) {
    const batch = Array.from({ length: 10 }, async () => {
      const { socket, ended } = await open();
      for (let i = 0; i < 3; i++) socket.write(garbage(random, 3000));
      if (random() < 0.5) socket.end();
      else setTimeout(() => socket.resetAndDestroy(), 5);
      socket.resume();
      await ended;
    });
    await Promise.all(batch);
  }
}

function expectOnlyTheirFault(server: EchoServer<never>): void {
  for (const error of server.errors) {
    if (!(error instanceof ProtocolError) && !(error instanceof ClosedError)) throw error;
  }
}

test.each([
  ["tcp, raw", "tcp", rawClient],
  ["ws, in the handshake", "ws", rawClient],
  ["ws, after the handshake", "ws", rawWebSocket],
  ["wss, in the handshake", "wss", rawClient],
  ["tls, in the handshake", "tls", rawClient],
] as const)("%s", { timeout: 30_000 }, async (_what, transport, open) => {
  await using server = await startEcho(`${transport}://127.0.0.1:0`, {
    handshakeTimeoutMs: 500,
    idleTimeoutMs: 2000,
  });
  await whileOthersEcho(server, () => spray(() => open(server.port), 1));
  expectOnlyTheirFault(server as EchoServer<never>);
});

test("tcp, lines of JSON", { timeout: 30_000 }, async () => {
  await using server = await startEchoOf(lineEcho, "tcp://127.0.0.1:0", { idleTimeoutMs: 2000 });
  await whileOthersTalk(server, () => spray(() => rawClient(server.port), 2), lineTalk);
  expect(server.errors.length).toBeGreaterThan(0);
  expectOnlyTheirFault(server as EchoServer<never>);
});

test("tcp, length-prefixed", { timeout: 30_000 }, async () => {
  await using server = await startEchoOf(chunkEcho, "tcp://127.0.0.1:0", { idleTimeoutMs: 2000 });
  await whileOthersTalk(server, () => spray(() => rawClient(server.port), 3), chunkTalk);
  expect(server.errors.length).toBeGreaterThan(0);
  expectOnlyTheirFault(server as EchoServer<never>);
});

test("udp, lines of JSON: a datagram that is none ends that conversation alone", async () => {
  await using server = await startEchoOf(lineEcho, "udp://127.0.0.1:0");
  const random = seededRandom(4);
  await whileOthersTalk(
    server,
    async () => {
      const sockets = Array.from({ length: 20 }, () => createSocket("udp4"));
      for (const socket of sockets) socket.send(garbage(random, 2000), server.port, "127.0.0.1");
      await until(() => server.errors.length === 20, "every one to be refused");
      for (const socket of sockets) {
        socket.close();
        await once(socket, "close");
      }
    },
    lineTalk,
  );
  expectOnlyTheirFault(server as EchoServer<never>);
});
