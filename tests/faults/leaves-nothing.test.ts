// A process that has closed everything ends by itself: no timer, socket or listener of core keeps it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

const program = `
import { connect } from "@socketlab/core";
import { certificate, echo, startEcho } from "./echo-on-core.ts";
const tls = { ca: (await certificate()).cert };
for (const url of ["tcp://127.0.0.1:0", "tls://127.0.0.1:0", "udp://127.0.0.1:0", "ws://127.0.0.1:0", "wss://127.0.0.1:0", "mem://x:0"]) {
  const server = await startEcho(url, { idleTimeoutMs: 3_600_000, heartbeatMs: 3_600_000 });
  const options = { tls, idleTimeoutMs: 3_600_000, closeTimeoutMs: 3_600_000, connectTimeoutMs: 3_600_000, signal: new AbortController().signal };
  const [closed, aborted, left] = await Promise.all([1, 2, 3].map(() => connect(echo, server.url, options)));
  for (const socket of [closed, aborted, left]) {
    await socket.send("x");
    await socket.receive();
  }
  void closed.send("y");
  await closed.close();
  aborted.abort();
  const leaving = server.listener.close();
  if (left.transport.reliable) await left.receive();
  await left.close();
  await leaving;
}
setImmediate(() => setImmediate(() => console.log(JSON.stringify(process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|UDP|TLS/u.test(name))))));
`;

test("after every way to end, over every transport, nothing is left open", { timeout: 30_000 }, async () => {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
    cwd: new URL("..", import.meta.url).pathname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  setTimeout(() => child.kill("SIGKILL"), 20_000).unref();
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect([output.trim(), code]).toEqual(["[]", 0]);
});
