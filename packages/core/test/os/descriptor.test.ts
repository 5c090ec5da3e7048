import { once } from "node:events";
import { connect, createServer, Socket } from "node:net";
import { PassThrough, Duplex } from "node:stream";
import tls from "node:tls";
import { generate } from "selfsigned";
import { expect, test } from "vitest";
import { descriptorOf } from "../../src/transports/os/descriptor.ts";
import { readTcpInfo } from "../../src/transports/os/tcp-info.ts";
import { connectPair, fdOf, linux, portOf } from "./loopback.ts";

test("client, accepted socket and server each have a descriptor of their own", async () => {
  await using pair = await connectPair();
  const all = [pair.client, pair.accepted, pair.server].map(fdOf);
  expect(new Set(all).size).toBe(3);
});

test("there is none before connecting, and none after closing", async () => {
  expect(descriptorOf(new Socket())).toBeUndefined();
  const pair = await connectPair();
  await pair[Symbol.asyncDispose]();
  expect([pair.client, pair.accepted, pair.server].map(descriptorOf)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a socket without a handle that says fd has none, whatever it has instead", () => {
  const odd = [null, undefined, 7, {}, { fd: -1 }, { fd: "7" }, { fd: undefined }].map((handle) =>
    descriptorOf(Object.assign(new Socket(), { _handle: handle })),
  );
  expect(odd.every((fd) => fd === undefined)).toBe(true);
});

test.runIf(linux)("TLS sockets answer with the TCP connection under them, on both sides", async () => {
  const certificate = await generate([{ name: "commonName", value: "localhost" }]);
  const server = tls
    .createServer({ key: certificate.private, cert: certificate.cert })
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  const arriving = once(server, "secureConnection");
  const under = connect(portOf(server), "127.0.0.1");
  const client = tls.connect({ socket: under, ca: certificate.cert, servername: "localhost" });
  await once(client, "secureConnect");
  const [accepted] = await arriving;
  try {
    expect(descriptorOf(client)).toBe(fdOf(under));
    expect(readTcpInfo(fdOf(client))?.state).toBe("ESTABLISHED");
    expect(readTcpInfo(fdOf(accepted))?.state).toBe("ESTABLISHED");
    expect(fdOf(accepted)).not.toBe(fdOf(client));
    expect(descriptorOf(server)).toBeGreaterThan(0);
  } finally {
    client.destroy();
    accepted.destroy();
    server.close();
  }
});

test("a TLS socket over something that is not TCP has none", () => {
  const stream = Duplex.from({ readable: new PassThrough(), writable: new PassThrough() });
  const client = tls.connect({ socket: stream });
  client.on("error", () => {});
  expect(descriptorOf(client)).toBeUndefined();
  client.destroy();
});

test("a server that does not listen has none", () => {
  expect(descriptorOf(createServer())).toBeUndefined();
});
