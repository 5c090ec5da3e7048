// What the server asks of whatever knows who is there: nothing of it is kept. One is in memory, one is shared over NATS.
import type { Named } from "../names.ts";

/** What changed in a room since the last time; told at most a few times a second. */
export interface PresenceChange {
  readonly room: string;
  /** Names as shown. Both lists are empty in a room of more people than are named. */
  readonly arrived: readonly string[];
  readonly departed: readonly string[];
  /** How many are there now. */
  readonly people: number;
}

export interface Whisper {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly at: number;
}

/** Who is told; all of it concerns this server's own people and rooms. */
export interface CrowdEvents {
  presence(change: PresenceChange): void;
  typing(room: string, name: string): void;
  /** @param to the key of one of this server's people. */
  whispered(to: string, whisper: Whisper): void;
  /** Somebody came with the same name and the same key, here or at another server: this one has lost the name. */
  replaced(person: Named): void;
}

export interface Crowd {
  /** One listener; set before anything else is called. */
  follow(events: CrowdEvents): void;
  /**
   * Takes a name for one person at a time. Who has it already keeps it, unless `secret` is theirs: then it is `replaced`.
   * From then on the person is this very object: what a replaced one still asks is ignored.
   *
   * @param secret undefined: nobody can take it over.
   * @returns whether it was taken.
   */
  claim(person: Named, secret: string | undefined): Promise<boolean>;
  /** Gives the name back, and leaves all rooms. */
  release(person: Named): void;
  /** @returns how many are there now, this one included. Its own `presence` follows. */
  join(room: string, person: Named): number;
  leave(room: string, person: Named): void;
  /** Names as shown, in order, those after `after`. */
  people(
    room: string,
    after: string | undefined,
    limit: number,
  ): { names: string[]; people: number; more: boolean };
  typing(room: string, person: Named): void;
  /** @returns whether somebody of that name was there to be told. */
  whisper(to: string, whisper: Whisper): Promise<boolean>;
  close(): Promise<void>;
}
