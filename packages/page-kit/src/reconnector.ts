// Converses again and again: after each loss it waits, longer each time, until a conversation opens. Knows no socket.
import { backoffMs } from "./backoff.ts";
import { whyLost } from "./loss.ts";
import type { Phase } from "./phase.ts";

/** How a conversation ended. */
export interface Ended {
  readonly because: string;
  /** To try again would end the same way. */
  readonly isFinal: boolean;
}

export interface ReconnectorSettings {
  /** One conversation, from its beginning to its end. What it throws is why it was lost, and never final. */
  readonly converse: (signal: AbortSignal, onOpen: () => void) => Promise<Ended>;
  /** Called with all but "open" and "slow", which only the conversation knows. */
  readonly onPhase: (phase: Phase) => void;
}

export class Reconnector {
  readonly #settings: ReconnectorSettings;
  #wake: (() => void) | undefined;

  constructor(settings: ReconnectorSettings) {
    this.#settings = settings;
  }

  /** Converses, and again after each loss, until the returned function is called. */
  start = (): (() => void) => {
    const stop = new AbortController();
    void this.#run(stop.signal);
    return () => stop.abort();
  };

  /** Tries again without waiting any longer. */
  retry = (): void => this.#wake?.();

  async #run(signal: AbortSignal): Promise<void> {
    const { converse, onPhase } = this.#settings;
    for (let attempt = 0; !signal.aborted; attempt++) {
      onPhase({ name: "connecting" });
      const { because, isFinal } = await converse(signal, () => (attempt = 0)).catch(lost);
      if (signal.aborted) return;
      const waitMs = isFinal ? Infinity : backoffMs(attempt, Math.random());
      onPhase(
        isFinal ? { name: "refused", because } : { name: "waiting", untilMs: Date.now() + waitMs, because },
      );
      await this.#wait(waitMs, signal);
    }
  }

  async #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#wake = wake;
    const timer = Number.isFinite(delayMs) ? setTimeout(wake, delayMs) : undefined;
    // The network came back: no need to wait.
    window.addEventListener("online", wake);
    signal.addEventListener("abort", wake);
    await promise;
    clearTimeout(timer);
    window.removeEventListener("online", wake);
    signal.removeEventListener("abort", wake);
    this.#wake = undefined;
  }
}

function lost(error: Error): Ended {
  return { because: whyLost(error), isFinal: false };
}
