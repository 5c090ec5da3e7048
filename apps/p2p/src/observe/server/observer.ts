// Hears from peers what they do, and tells pages of all of them. Keeps what is now, and nothing of what was. Knows no process.
import { LimitError, ProtocolError, type Clock, type MessageSocket } from "@socketlab/core";
import { Naps } from "../naps.ts";
import { changed, differenceOf, unknownState, type PeerState } from "../peer-state.ts";
import {
  MAX_CONVERSATIONS,
  MAX_PEERS,
  type FromClient,
  type FromServer,
  type PeerIdentity,
} from "../protocol.ts";

/** A page is told this often of what has changed meanwhile; or less often, if it does not keep up. */
const PERIOD_MS = 250;

type Socket = MessageSocket<FromClient, FromServer>;

export interface ObserverOptions {
  readonly clock: Clock;
  /** How one more peer is started by hand. */
  readonly commands: () => readonly string[];
}

interface ObservedPeer {
  readonly identity: PeerIdentity;
  state: PeerState;
}

export class Observer {
  readonly #options: ObserverOptions;
  /** By a number of its own, in the order in which they came. */
  readonly #peers = new Map<number, ObservedPeer>();
  #count = 0;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** One conversation, until it is over. */
  async converse(socket: Socket): Promise<void> {
    const first = await socket.receive();
    if (first === undefined) return;
    if (first.type === "watch") return this.#tell(socket);
    try {
      if (first.type !== "iAm")
        throw new ProtocolError("unexpected", "a peer says first who it is, and a page that it watches");
      await this.#hear(socket, first);
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof LimitError)) throw error;
      const { code, message: detail } = error;
      await socket.send({ type: "refused", code, detail });
    }
  }

  /** @throws LimitError, ProtocolError why it is not heard any more. */
  async #hear(socket: Socket, identity: PeerIdentity): Promise<void> {
    if (this.#peers.size >= MAX_PEERS) throw new LimitError("full", `${MAX_PEERS} peers are watched already`);
    const peer: ObservedPeer = { identity, state: unknownState };
    const id = ++this.#count;
    this.#peers.set(id, peer);
    try {
      for await (const message of socket) {
        if (message.type !== "changed")
          throw new ProtocolError("unexpected", `a peer has said "${message.type}" after who it is`);
        peer.state = changed(peer.state, message);
        if (peer.state.conversations.size > MAX_CONVERSATIONS)
          throw new ProtocolError("too-many", `a peer has more than ${MAX_CONVERSATIONS} conversations`);
      }
    } finally {
      this.#peers.delete(id);
    }
  }

  async #tell(socket: Socket): Promise<void> {
    const naps = new Naps(this.#options.clock);
    const ended = untilEnd(socket).finally(() => naps.end());
    // What breaks it off is thrown by whatever is said next, too.
    ended.catch(() => {});
    await socket.send({ type: "invitation", commands: [...this.#options.commands()] });
    const told = new Map<number, PeerState>();
    while (!naps.isOver) {
      await this.#tellChanges(socket, told);
      await naps.nap(PERIOD_MS);
    }
    await ended;
  }

  async #tellChanges(socket: Socket, told: Map<number, PeerState>): Promise<void> {
    for (const peer of told.keys()) {
      if (this.#peers.has(peer)) continue;
      told.delete(peer);
      await socket.send({ type: "left", peer });
    }
    for (const [peer, { identity, state }] of this.#peers) {
      if (!told.has(peer)) await socket.send({ ...identity, type: "appeared", peer });
      const change = differenceOf(told.get(peer) ?? unknownState, state);
      if (change !== undefined) await socket.send({ type: "changed", peer, ...change });
      told.set(peer, state);
    }
  }
}

/** What a page says after its first word does not matter; its end does. */
async function untilEnd(socket: Socket): Promise<void> {
  for await (const _message of socket);
}
