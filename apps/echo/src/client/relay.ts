// A relay that spoils what passes: it loses, doubles and reorders datagrams, and cuts and delays byte streams. The same
// seed spoils in the same way. It is a server to our client and a client to the real server.
import {
  connect,
  defineProtocol,
  listen,
  raw,
  realClock,
  VirtualNetwork,
  type Endpoint,
  type MessageSocket,
  type PathFaults,
  type Payload,
} from "@socketlab/core";

// Whatever passes, in pieces as large as they come.
const anything = defineProtocol({ name: "relay", version: 1, framing: raw() });
type Socket = MessageSocket<Payload, Payload>;

// Datagrams that are sent less than this apart may overtake each other.
const JITTER_MS = 20;
const STREAM_PIECE_BYTES = 48;

/** What `share` does to datagrams, and to a stream: TCP sends again what is lost, so a loss costs it only time. */
export function faultsOf(share: number, isDatagram: boolean): PathFaults {
  return isDatagram
    ? { loss: share, duplicate: share / 2, delayMs: 1, jitterMs: JITTER_MS }
    : { loss: share, delayMs: 1, splitBytes: STREAM_PIECE_BYTES };
}

/**
 * Starts a relay to `target` and gives the endpoint at which it waits, and how to stop it. Below TLS and WebSocket it
 * relays their TCP, so it sees and cuts what is encrypted, without being able to read it.
 */
export async function startRelay(
  target: Endpoint,
  share: number,
  seed: number,
  signal: AbortSignal,
): Promise<{ endpoint: Endpoint; stop: () => Promise<void> }> {
  const transport = target.transport === "udp" ? "udp" : "tcp";
  const beyond: Endpoint = { transport, host: target.host, port: target.port, path: "" };
  // The faults happen between two real doors, on a path inside this process.
  const network = new VirtualNetwork({
    clock: realClock,
    seed,
    faults: faultsOf(share, transport === "udp"),
  });
  const inner = await listen(
    anything,
    { ...beyond, host: "127.0.0.1" },
    { network, signal, idleTimeoutMs: 0 },
  );
  const front = await listen(
    anything,
    { ...beyond, host: "127.0.0.1", port: 0 },
    { signal, idleTimeoutMs: 0 },
  );
  void pairUp(front, () => connect(anything, inner.endpoint, { network }));
  void pairUp(inner, () => connect(anything, beyond));
  return {
    endpoint: { ...target, host: "127.0.0.1", port: front.endpoint.port },
    stop: async () => void (await Promise.all([front.close(), inner.close()])),
  };
}

async function pairUp(arrivals: AsyncIterable<Socket>, open: () => Promise<Socket>): Promise<void> {
  for await (const near of arrivals) void join(near, open);
}

async function join(near: Socket, open: () => Promise<Socket>): Promise<void> {
  try {
    const far = await open();
    await Promise.all([pump(near, far), pump(far, near)]);
  } catch (error) {
    // Who comes through us must see that the other side is not there.
    near.abort(error as Error);
  }
}

/** One direction, until its end. How it ended is passed on. */
async function pump(from: Socket, to: Socket): Promise<void> {
  try {
    for await (const payload of from) await to.send(payload);
    await to.close();
  } catch (error) {
    to.abort(error as Error);
  }
}
