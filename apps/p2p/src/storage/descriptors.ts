// The files that are open: so many at most; the one that was used longest ago is closed for another. Knows no torrent.
import { Descriptor } from "@socketlab/disk-kit";

/** Systems allow a process some hundred, of which most are for sockets. */
const MAX_OPEN = 128;

interface Held {
  readonly descriptor: Descriptor;
  users: number;
  /** Called when there are none any more, and it is to be closed. */
  onIdle?: () => void;
}

export class Descriptors {
  readonly #most: number;
  /** The one that was used last is the last. */
  readonly #held = new Map<string, Held>();

  constructor(most: number = MAX_OPEN) {
    this.#most = most;
  }

  has(key: string): boolean {
    return this.#held.has(key);
  }

  /** @param open is asked for a new descriptor when none is open for `key`. While `act` runs it stays open. */
  async use<T>(key: string, open: () => number, act: (file: Descriptor) => Promise<T>): Promise<T> {
    const held = this.#held.get(key) ?? { descriptor: new Descriptor(open()), users: 0 };
    this.#held.delete(key);
    this.#held.set(key, held);
    held.users++;
    try {
      if (this.#held.size > this.#most) await this.#closeOldest();
      return await act(held.descriptor);
    } finally {
      if (--held.users === 0) held.onIdle?.();
    }
  }

  /** When what is under way is over. */
  async close(): Promise<void> {
    const all = [...this.#held.values()];
    this.#held.clear();
    for (const held of all) {
      if (held.users > 0) await new Promise<void>((resolve) => (held.onIdle = resolve));
      await held.descriptor.close();
    }
  }

  async #closeOldest(): Promise<void> {
    for (const [key, { descriptor, users }] of this.#held) {
      if (users > 0) continue;
      this.#held.delete(key);
      return descriptor.close();
    }
  }
}
