// Tells an observer what a peer does, as long as the peer is there: when the observer cannot be reached, later; when it is
// slow, less often. Never holds up the peer. Knows no swarm.
import {
  backoffMs,
  connect,
  formatEndpoint,
  realNetwork,
  type Clock,
  type Endpoint,
  type MessageSocket,
  type Network,
} from "@socketlab/core";
import { Naps } from "../naps.ts";
import { differenceOf, unknownState, type PeerState } from "../peer-state.ts";
import { observation, type FromClient, type FromServer, type PeerIdentity } from "../protocol.ts";

const PERIOD_MS = 250;
/** Whoever ends does not wait long for an observer that has stopped reading. */
const CLOSE_TIMEOUT_MS = 250;

export interface ReporterOptions {
  readonly observer: Endpoint;
  readonly identity: PeerIdentity;
  readonly look: (nowMs: number) => PeerState;
  /** Default: the real one. */
  readonly network?: Network;
  readonly random: () => number;
  /** The observer was not there when it was looked for first: it is looked for again and again. */
  readonly onAway?: ((sentence: string) => void) | undefined;
  /** The observer wants no reports of this peer: it gets none any more. */
  readonly onRefused?: ((sentence: string) => void) | undefined;
}

type ObserverSocket = MessageSocket<FromServer, FromClient>;

export class Reporter implements AsyncDisposable {
  readonly #options: ReporterOptions;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #naps: Naps;
  readonly #running: Promise<void>;

  /** Begins at once. */
  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#clock = (options.network ?? realNetwork).clock;
    this.#naps = new Naps(this.#clock);
    this.#running = this.#run();
  }

  /** The observer forgets this peer. Bounded. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#naps.end();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { observer, network = realNetwork, random, onAway, onRefused } = this.#options;
    const { signal } = this.#stopping;
    const options = { network, signal, closeTimeoutMs: CLOSE_TIMEOUT_MS };
    let isKnown = false;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await using socket = await connect(observation, observer, options);
        attempt = 0;
        isKnown = true;
        const refusal = await this.#report(socket);
        if (refusal !== undefined) {
          onRefused?.(`${formatEndpoint(observer)} says: ${refusal}`);
          return;
        }
      } catch (error) {
        // One that has gone is nothing that a user would have to know; one that was never there may be a wrong address.
        if (!isKnown && !signal.aborted)
          onAway?.(`nobody observes yet, and that is tried again: ${(error as Error).message}`);
        isKnown = true;
      }
      await this.#naps.nap(backoffMs(attempt, random()));
    }
  }

  /** Until the conversation is over. @returns why the observer will not have it, if it has said so. */
  async #report(socket: ObserverSocket): Promise<string | undefined> {
    const { identity, look } = this.#options;
    const naps = new Naps(this.#clock);
    const refusal = refusalFrom(socket).finally(() => naps.end());
    try {
      await socket.send({ type: "iAm", ...identity });
      for (let told = unknownState; !naps.isOver;) {
        const state = look(this.#clock.now());
        const change = differenceOf(told, state);
        if (change !== undefined) await socket.send({ type: "changed", ...change });
        told = state;
        await naps.nap(PERIOD_MS);
      }
    } catch {
      // The conversation is over; what the observer has said last is why.
    }
    return refusal;
  }
}

/** Reads until the end: what an observer says to a peer is at most that it does not want to hear it. */
async function refusalFrom(socket: ObserverSocket): Promise<string | undefined> {
  let refusal: string | undefined;
  try {
    for await (const message of socket) if (message.type === "refused") refusal = message.detail;
  } catch {
    // It is over, in another way.
  }
  return refusal;
}
