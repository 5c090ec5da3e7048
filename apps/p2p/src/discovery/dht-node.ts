// One node of the DHT (BEP 5, 42): the library bittorrent-dht, behind a guard and with an id that fits. Knows no schedule.
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { addressToBytes, isIpv4, UsageError } from "@socketlab/core";
import { openDatagrams, type Datagrams } from "@socketlab/core/datagrams";
import type DHT from "bittorrent-dht";
import { DhtSocket } from "./dht-socket.ts";
import { MAX_TORRENTS } from "./discovery.ts";
import type { PeerAddress } from "../engine/address-book.ts";
import { KrpcGuard, MAX_PEERS_KEPT } from "./krpc-guard.ts";
import { mayHaveNodeId, NODE_ID_BYTES, nodeIdFor } from "./node-id.ts";

/** Nodes forget a peer half an hour after its last word. */
const FORGET_MS = 30 * 60_000;
/** With a new id, it begins with so many of those that it knew. */
const MAX_NODES_CARRIED = 8;

export interface DhtNodeOptions {
  /** IPv4 alone, like the library. On a loopback address it speaks to this machine alone. */
  readonly host: string;
  /** Of UDP; clients take the number of their TCP port. 0: any free one. */
  readonly port: number;
  /** Where to begin; names are looked up. None: only who speaks to us first, and {@link DhtNode.addNode}. */
  readonly bootstrap: readonly PeerAddress[];
}

type OnPeer = (infoHash: Uint8Array, peer: PeerAddress) => void;

export class DhtNode {
  readonly port: number;
  readonly #datagrams: Datagrams;
  readonly #Library: typeof DHT;
  readonly #guard = new KrpcGuard({ onExternalHost: (host) => this.#moveTo(host) });
  readonly #onPeer: OnPeer;
  #id: Uint8Array;
  #socket!: DhtSocket;
  #dht!: DHT;
  #isClosed = false;

  /** @throws UsageError `no-such-address`, `address-in-use`, `bad-endpoint` where `host` is not IPv4. */
  static async open({ host, port, bootstrap }: DhtNodeOptions, onPeer: OnPeer): Promise<DhtNode> {
    if (!isIpv4(host))
      throw new UsageError("bad-endpoint", `the DHT speaks IPv4 alone, and ${host} is no such address`);
    // The library and all that it needs are loaded by whoever turns the DHT on.
    const { default: Library } = await import("bittorrent-dht");
    const entrances = await resolve(bootstrap);
    let node: DhtNode | undefined;
    const onDatagram = (bytes: Uint8Array, from: string, fromPort: number): void => {
      if (node !== undefined) node.#socket.receive(bytes, from, fromPort);
    };
    node = new DhtNode(await openDatagrams({ host, port, onDatagram }), Library, onPeer);
    node.#start(entrances);
    return node;
  }

  private constructor(datagrams: Datagrams, Library: typeof DHT, onPeer: OnPeer) {
    this.#datagrams = datagrams;
    this.port = datagrams.port;
    this.#Library = Library;
    this.#onPeer = onPeer;
    this.#id = nodeIdFor(addressToBytes(datagrams.host)!, randomBytes(NODE_ID_BYTES));
  }

  /** How many others it knows. */
  get count(): number {
    return this.#dht.toJSON().nodes.length;
  }

  /** It is asked whether it is there, and known when it answers. */
  addNode({ host, port }: PeerAddress): void {
    if (!this.#isClosed && isIpv4(host)) this.#dht.addNode({ host, port });
  }

  async addNodes(nodes: readonly PeerAddress[]): Promise<void> {
    for (const node of await resolve(nodes)) this.addNode(node);
  }

  /** Resolves when all who may know have been asked, or it no longer matters. */
  lookup(infoHash: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.#until(signal, (done) => this.#dht.lookup(infoHash, () => done()));
  }

  /** @returns whether anybody has taken note. */
  async announce(infoHash: Uint8Array, port: number, signal: AbortSignal): Promise<boolean> {
    // The library announces to whom the last lookup has found, even if that was nobody: so one goes before.
    await this.lookup(infoHash, signal);
    let isTold = false;
    await this.#until(signal, (done) => {
      this.#dht.announce(infoHash, port, (error) => {
        isTold = error === null;
        done();
      });
    });
    return isTold;
  }

  async close(): Promise<void> {
    if (!this.#isClosed) this.#dht.destroy();
    this.#isClosed = true;
    await this.#datagrams.close();
  }

  /** The library's callbacks do not come when it is destroyed, and know no signal. */
  async #until(
    signal: AbortSignal | undefined,
    begin: (done: () => void) => (() => void) | void,
  ): Promise<void> {
    if (this.#isClosed || signal?.aborted) return;
    const dht = this.#dht;
    const ended = Promise.withResolvers<void>();
    const done = (): void => ended.resolve();
    dht.once("close", done);
    signal?.addEventListener("abort", done);
    const stop = begin(done);
    await ended.promise;
    stop?.();
    dht.off("close", done);
    signal?.removeEventListener("abort", done);
  }

  #start(bootstrap: PeerAddress[]): void {
    this.#socket = new DhtSocket(this.#datagrams, this.#guard);
    this.#dht = new this.#Library({
      nodeId: this.#id,
      bootstrap,
      socket: this.#socket,
      maxAge: FORGET_MS,
      maxPeers: MAX_PEERS_KEPT,
      maxTables: MAX_TORRENTS,
    });
    // One for each lookup that is under way.
    this.#dht.setMaxListeners(0);
    // What goes wrong with one datagram or node concerns nobody: the next round asks others.
    this.#dht.on("error", () => {}).on("warning", () => {});
    const found = ({ host, port }: PeerAddress, infoHash: Uint8Array): void =>
      this.#onPeer(Uint8Array.from(infoHash), { host, port });
    this.#dht.on("peer", found).on("announce", found);
    this.#dht.listen();
  }

  /** BEP 42: the id has to fit the address that others see, and the library keeps its id for life: so a new one begins. */
  #moveTo(externalHost: string): void {
    const address = addressToBytes(externalHost)!;
    if (this.#isClosed || mayHaveNodeId(address, this.#id)) return;
    this.#id = nodeIdFor(address, randomBytes(NODE_ID_BYTES));
    const { nodes } = this.#dht.toJSON();
    this.#dht.destroy();
    this.#start(nodes.slice(0, MAX_NODES_CARRIED));
  }
}

/** The library would take an IPv6 address, too, and never reach it. Names that cannot be looked up are left out. */
async function resolve(nodes: readonly PeerAddress[]): Promise<PeerAddress[]> {
  const resolved = nodes.map(async ({ host, port }) => {
    const found = await lookup(host, { family: 4 }).catch(() => undefined);
    return found === undefined ? [] : [{ host: found.address, port }];
  });
  return (await Promise.all(resolved)).flat();
}
