// Dials those that an address book names, as many and as often as it allows. Knows no torrent's content.
import type { Clock, Timer } from "@socketlab/core";
import type { AddressBook, PeerAddress } from "../engine/address-book.ts";
import { familyOf } from "../engine/compact-peers.ts";
import type { Peer, Talker } from "./peer.ts";
import type { Place } from "./places.ts";

/** How often whoever had to wait is looked for. */
const ROUND_MS = 1000;

export interface DialerOptions {
  readonly peer: Peer;
  readonly talker: Talker;
  readonly book: AddressBook;
  readonly clock: Clock;
  /** Which of this host's addresses to speak from, where it matters. */
  readonly places: readonly Place[];
  /** There is nobody to talk with, and nobody to dial; said again every second. */
  readonly onNobody?: () => void;
}

export class Dialer {
  readonly #options: DialerOptions;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** Dials whoever may be dialled now; to be called when addresses have come. */
  dial(): void {
    const { book, clock, onNobody } = this.#options;
    this.#timer?.clear();
    if (this.#isClosed) return;
    for (let next = book.next(clock.now()); next !== undefined; next = book.next(clock.now()))
      void this.#talk(next);
    if (book.isDry) onNobody?.();
    this.#timer = clock.after(ROUND_MS, () => this.dial());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.clear();
  }

  async #talk(address: PeerAddress): Promise<void> {
    const { peer, talker, book, clock, places } = this.#options;
    let isGreeted = false;
    await peer.dial(
      talker,
      { transport: "tcp", ...address, path: "" },
      {
        localHost: places.find(({ family }) => family === familyOf(address.host))?.localHost,
        onGreeted: ({ peerId }) => {
          isGreeted = true;
          if (Buffer.compare(peerId, peer.id) === 0) book.isOurOwn(address);
          else book.connected(address, clock.now());
        },
      },
    );
    if (isGreeted) book.closed(address, clock.now());
    else book.failed(address, clock.now());
  }
}
