// UDP: datagrams that keep their boundaries and may be lost, doubled or reordered (RFC 768). Knows nothing of messages.
import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from "node:dgram";
import { lookup } from "node:dns";
import { isIP, isIPv6 } from "node:net";
import type { Endpoint } from "../address/endpoint.ts";
import { canonicalHost } from "../address/host.ts";
import type { Payload } from "../framing/framing.ts";
import { resolveHost } from "./dial-stream.ts";
import type { DialOptions, Doorkeeper, ListenOptions, WireListener } from "./network.ts";
import { applyDatagramOptions, readDatagramOptions } from "./os/datagram.ts";
import { translate } from "./system-errors.ts";
import type { PayloadWire, TransportTraits, Wire, WireEvents, WireState } from "./wire.ts";

const traits: TransportTraits = {
  name: "udp",
  reliable: false,
  ordered: false,
  boundaries: true,
  // What is left of IPv4's 65,535 bytes after both headers.
  maxMessageBytes: 65_507,
};

/** One conversation: the datagrams exchanged with one remote address. */
class UdpWire implements PayloadWire {
  readonly kind = "payload";
  readonly traits: TransportTraits = traits;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #socket: Socket;
  readonly #connected: boolean;
  readonly #release: () => void;
  #events: WireEvents | undefined;
  #paused = false;
  #queuedBytes = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #dropped = 0;
  #closed = false;
  /** One for all datagrams: the operating system has taken `bytes`, or says why not. */
  readonly #sent = (error: Error | null, bytes: number): void => {
    if (error !== null) return this.failed(error);
    this.#queuedBytes -= bytes;
    this.#bytesOut += bytes;
    if (this.#queuedBytes === 0) this.#events?.onDrained();
  };

  constructor(socket: Socket, local: Endpoint, remote: Endpoint, connected: boolean, release: () => void) {
    this.#socket = socket;
    this.local = local;
    this.remote = remote;
    this.#connected = connected;
    this.#release = release;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  open(events: WireEvents): void {
    this.#events = events;
  }

  /** Nobody can slow a sender of datagrams: what arrives while paused is dropped, and counted. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  received(datagram: Uint8Array): void {
    this.#bytesIn += datagram.length;
    if (this.#paused) this.#dropped++;
    else this.#events?.onReceived(datagram);
  }

  send(payload: Payload): void {
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    this.#queuedBytes += bytes.length;
    if (this.#connected) this.#socket.send(bytes, this.#sent);
    else this.#socket.send(bytes, this.remote.port, this.remote.host, this.#sent);
  }

  failed(error: Error): void {
    this.#close(translate(error, "conversation with", this.remote));
  }

  /** UDP has no goodbye: the conversation is over when one side says nothing more. */
  end(): void {
    this.#close();
  }

  destroy(): void {
    this.#close();
  }

  inspect(): WireState {
    return {
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      dropped: this.#dropped,
      ...readDatagramOptions(this.#socket),
    };
  }

  #close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#release();
    queueMicrotask(() => this.#events?.onClosed(error));
  }
}

export async function dial(endpoint: Endpoint, options: DialOptions): Promise<Wire> {
  const { address, family } = await resolveHost(endpoint, options);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      // Connected: the kernel lets only this remote address in, and tells us when nobody listens there.
      const connect = (): void => socket.connect(endpoint.port, address, resolve);
      if (options.localHost === undefined) connect();
      else socket.bind({ address: options.localHost }, connect);
    });
    applyDatagramOptions(socket, options);
  } catch (error) {
    socket.close();
    throw translate(error as Error, "cannot connect to", endpoint);
  }
  socket.removeAllListeners("error");
  const local = socket.address();
  const remote = { ...endpoint, host: canonicalHost(address) };
  const wire = new UdpWire(
    socket,
    { transport: "udp", host: canonicalHost(local.address), port: local.port, path: "" },
    remote,
    true,
    // What was said in this tick still leaves.
    () => setImmediate(() => socket.close()),
  );
  socket.on("message", (datagram) => wire.received(datagram));
  socket.on("error", (error) => wire.failed(error));
  return wire;
}

// Whoever is answered is known by its address: there is nothing to look up, and no tick to lose over it.
const lookupNames: NonNullable<SocketOptions["lookup"]> = (host, options, found) => {
  const family = isIP(host);
  if (family === 0) lookup(host, options, found);
  else found(null, host, family);
};

export async function listen(
  endpoint: Endpoint,
  doorkeeper: Doorkeeper,
  options: ListenOptions,
): Promise<WireListener> {
  const socket = createSocket({ type: isIPv6(endpoint.host) ? "udp6" : "udp4", lookup: lookupNames });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(endpoint.port, endpoint.host, resolve);
    });
    applyDatagramOptions(socket, options);
  } catch (error) {
    socket.close();
    throw translate(error as Error, "cannot listen at", endpoint);
  }
  socket.removeAllListeners("error");
  const listening: Endpoint = { ...endpoint, port: socket.address().port };
  const wires = new Map<string, UdpWire>();
  let stopped: PromiseWithResolvers<void> | undefined;
  const closeIfDone = (): void => {
    // What was said in this tick still leaves.
    if (stopped !== undefined && wires.size === 0) setImmediate(() => socket.close(stopped?.resolve));
  };

  socket.on("error", (error) => doorkeeper.failed(translate(error, "cannot go on listening at", listening)));
  socket.on("message", (datagram: Buffer, { address, port }: RemoteInfo) => {
    const key = `${address} ${port}`;
    let wire = wires.get(key);
    if (wire === undefined) {
      const remote: Endpoint = { transport: "udp", host: canonicalHost(address), port, path: "" };
      if (stopped !== undefined || options.acceptDatagramFrom?.(remote) === false) return;
      if (!doorkeeper.admit(remote.host)) return;
      wire = new UdpWire(socket, listening, remote, false, () => {
        wires.delete(key);
        doorkeeper.release(remote.host);
        closeIfDone();
      });
      wires.set(key, wire);
      doorkeeper.accept(wire);
    }
    wire.received(datagram);
  });

  return {
    endpoint: listening,
    close() {
      if (stopped === undefined) {
        stopped = Promise.withResolvers();
        closeIfDone();
      }
      return stopped.promise;
    },
  };
}
