// What we use of bittorrent-dht, which comes without types. Its `socket` goes down to k-rpc-socket, whose README has it.
declare module "bittorrent-dht" {
  import type { EventEmitter } from "node:events";

  export interface DhtNode {
    host: string;
    port: number;
  }
  export interface DhtOptions {
    nodeId: Uint8Array;
    /** Never left out: without it, the library asks public routers. */
    bootstrap: DhtNode[];
    socket: EventEmitter;
    /** How long it keeps an announced peer, in milliseconds. */
    maxAge: number;
    maxPeers: number;
    maxTables: number;
  }
  /** Callbacks may never come once it is destroyed. */
  export default class DHT extends EventEmitter<{
    /** Somebody has told of it; or it has announced itself here. */
    peer: [peer: DhtNode, infoHash: Uint8Array];
    announce: [peer: DhtNode, infoHash: Uint8Array];
    error: [Error];
    warning: [Error];
    close: [];
  }> {
    constructor(options: DhtOptions);
    /** All that is given goes to the socket's `bind`. */
    listen(): void;
    announce(infoHash: Uint8Array, port: number, callback: (error: Error | null) => void): void;
    lookup(infoHash: Uint8Array, callback: (error: Error | null) => void): () => void;
    addNode(node: DhtNode): void;
    toJSON(): { nodes: DhtNode[] };
    destroy(): void;
  }
}
