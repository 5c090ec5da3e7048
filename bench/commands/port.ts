// Ports of 127.0.0.1: one that is free, and whether somebody waits at one. Knows no program.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/**
 * Settles when somebody waits at this port. Connecting would find out, too, but some servers take one connection and end.
 * @throws when it takes too long.
 */
export async function isListening(port: number, timeoutMs = 30_000): Promise<void> {
  const line = new RegExp(
    `^\\s*\\d+: 0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A `,
    "m",
  );
  for (const end = Date.now() + timeoutMs; Date.now() < end; await delay(10))
    if (line.test(await readFile("/proc/net/tcp", "utf8"))) return;
  throw new Error(`nobody waits at port ${port} after ${timeoutMs / 1000} s`);
}
