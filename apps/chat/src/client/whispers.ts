// What was whispered from and to this client. Knows no socket.
import type { Outbox } from "./outbox.ts";
import type { Outgoing, Whispered } from "./view.ts";

const MAX_KEPT = 500;
/** No room's key begins so. */
const LANE = "@";

export class Whispers {
  heard: readonly Whispered[] = [];
  readonly #seen = new Set<string>();
  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** To whom a lane of the outbox leads; undefined for a room's. */
  static listenerOf(lane: string): string | undefined {
    return lane.startsWith(LANE) ? lane.slice(LANE.length) : undefined;
  }

  say(to: string, text: string): ReturnType<Outbox["add"]> {
    return this.#outbox.add(LANE + to, text);
  }

  /** @returns whether it is new: whoever lost the connection before it was acknowledged whispers it again. */
  add(whisper: Whispered, isOwn: boolean): boolean {
    if (isOwn) {
      for (const lane of this.#outbox.lanes(LANE)) {
        this.#outbox.acknowledge(lane, whisper.id, 0);
        this.#outbox.remove(lane, whisper.id);
      }
    }
    const key = `${whisper.from}\n${whisper.id}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    if (this.#seen.size > MAX_KEPT) this.#seen.delete(this.#seen.keys().next().value!);
    this.heard = [...this.heard.slice(1 - MAX_KEPT), whisper];
    return true;
  }

  dismiss(id: string): void {
    for (const lane of this.#outbox.lanes(LANE)) this.#outbox.remove(lane, id);
  }

  /** There is a conversation to whisper in. */
  pump(): void {
    for (const lane of this.#outbox.lanes(LANE)) this.#outbox.pump(lane);
  }

  outgoing(): readonly (Outgoing & { readonly to: string })[] {
    return this.#outbox
      .lanes(LANE)
      .flatMap((lane) =>
        this.#outbox.view(lane).map((outgoing) => ({ ...outgoing, to: lane.slice(LANE.length) })),
      );
  }
}
