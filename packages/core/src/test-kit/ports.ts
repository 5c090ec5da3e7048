// Ports for programs that must be told theirs before they start. Knows no program.
import { UsageError } from "../errors.ts";
import { raw } from "../messages/framings.ts";
import { defineProtocol } from "../messages/protocol.ts";
import { listen } from "../socket/listen.ts";

const silence = defineProtocol({ name: "silence", version: 1, framing: raw({ maxBytes: 1 }) });
/** Below the ports that the system gives to clients. */
const [LOWEST, HIGHEST] = [10_000, 31_999];

/**
 * Ports of 127.0.0.1 that were free a moment ago, all different. None of those that the system gives to clients: one that calls
 * a server that is not there must not be given the very port that it calls, and be connected to itself.
 */
export async function freePorts(count: number): Promise<number[]> {
  await using taken = new AsyncDisposableStack();
  const ports: number[] = [];
  while (ports.length < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    try {
      taken.use(await listen(silence, `tcp://127.0.0.1:${port}`));
      ports.push(port);
    } catch (error) {
      if (!(error instanceof UsageError && error.code === "address-in-use")) throw error;
    }
  }
  return ports;
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}
