// The swarm as the observer tells of it, message by message. Knows no socket and no React.
import { changed, unknownState, type PeerState } from "../src/observe/peer-state.ts";
import type { FromServer, PeerIdentity } from "../src/observe/protocol.ts";

/** What comes in so short a time is shown together. */
const TOGETHER_MS = 100;

export interface SeenPeer {
  readonly identity: PeerIdentity;
  readonly state: PeerState;
}

export interface SwarmView {
  /** In the order in which they came. */
  readonly peers: readonly SeenPeer[];
  /** How one more is started by hand. */
  readonly commands: readonly string[];
}

export class WatchedSwarm {
  readonly #peers = new Map<number, SeenPeer>();
  readonly #listeners = new Set<() => void>();
  #commands: readonly string[] = [];
  #view: SwarmView = { peers: [], commands: [] };
  #timer: ReturnType<typeof setTimeout> | undefined;

  heed = (message: FromServer): void => {
    switch (message.type) {
      case "invitation":
        this.#commands = message.commands;
        break;
      case "appeared":
        this.#peers.set(message.peer, { identity: message, state: unknownState });
        break;
      case "changed": {
        const peer = this.#peers.get(message.peer);
        if (peer !== undefined)
          this.#peers.set(message.peer, { ...peer, state: changed(peer.state, message) });
        break;
      }
      case "left":
        this.#peers.delete(message.peer);
        break;
      case "refused":
        break;
    }
    this.#timer ??= setTimeout(this.#show, TOGETHER_MS);
  };

  /** Nobody tells of them any more. */
  forget = (): void => {
    this.#peers.clear();
    this.#show();
  };

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  view = (): SwarmView => this.#view;

  readonly #show = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#view = { peers: [...this.#peers.values()], commands: this.#commands };
    for (const listener of this.#listeners) listener();
  };
}
