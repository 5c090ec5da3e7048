// People who talk while the server is killed and worse, in virtual time: what they say and are shown. Knows no server.
import { connect, type Network, type VirtualClock } from "@socketlab/core";
import { expect } from "vitest";
import { Session } from "../src/client/session.ts";
import { chat } from "../src/protocol.ts";
import { SERVER } from "./model-server.ts";

const people = ["ann", "bob", "eve", "joe"];
const STEPS = 120;

/** 1, 2, 3 and on; `CHAT_SEEDS` asks for more of them, or fewer. */
export function seeds(count: number): number[] {
  return Array.from({ length: Number(process.env["CHAT_SEEDS"] ?? count) }, (_, at) => at + 1);
}

export interface TalkOptions {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly network: Network;
}

/** What goes wrong meanwhile. */
export interface Trouble {
  /** As `kill -9` does: now and then. */
  kill(): void;
  start(): Promise<void>;
  /** Something smaller, at each step with this chance. */
  readonly mishap: (name: string) => void;
  readonly mishapChance: number;
}

export class Talk {
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  readonly #sessions: { name: string; session: Session; stop: () => void }[];
  readonly #promises: Promise<unknown>[] = [];
  readonly #acknowledged: string[] = [];
  readonly #said = new Map(people.map((name) => [name, [] as string[]]));
  readonly #shown = new Map(people.map((name) => [name, [] as string[]]));
  /** Told by a test that fails. */
  readonly #history: string[] = [];

  constructor({ clock, random, network }: TalkOptions) {
    this.#clock = clock;
    this.#random = random;
    const dial = (signal: AbortSignal) => connect(chat, SERVER, { network, signal });
    this.#sessions = people.map((name) => {
      const session = new Session({ name, rooms: ["lobby"], dial, clock, random, history: 0 });
      session.onEvent((event) => {
        if (event.event === "phase") this.#note(`${name} ${event.phase.name}`);
        if (event.event !== "said") return;
        this.#shown.get(name)!.push(event.text);
        this.#note(`${name} is shown ${event.seq} ${event.text}`);
      });
      return { name, session, stop: session.start() };
    });
  }

  /** Everybody comes in; then somebody says something, or something goes wrong, step by step. */
  async go(trouble: Trouble): Promise<void> {
    await this.#clock.advance(20_000);
    for (let step = 0; step < STEPS; step++) {
      const { name, session } = this.#sessions[Math.floor(this.#random() * people.length)]!;
      const chance = this.#random();
      if (chance < 0.05) {
        this.#note("kill -9");
        trouble.kill();
        await this.#clock.advance(this.#random() * 500);
        await trouble.start();
      } else if (chance < 0.05 + trouble.mishapChance) trouble.mishap(name);
      else {
        const text = `${name} ${step}`;
        this.#said.get(name)!.push(text);
        this.#note(`${name} says ${text}`);
        this.#promises.push(session.say("lobby", text).then(() => this.#acknowledged.push(text)));
      }
      await this.#clock.advance(this.#random() * 100);
    }
  }

  /** Waits until all that was said is acknowledged, and then long enough for everybody to be shown it. */
  async end(): Promise<void> {
    await this.#clock.run(Promise.all(this.#promises));
    await this.#clock.advance(60_000);
    for (const { stop } of this.#sessions) stop();
  }

  /** Everything acknowledged is kept, once; everybody was shown just that, in that order; each one's own order is kept. */
  expectPromiseKept(kept: readonly string[]): void {
    const told = this.#history.join("\n");
    expect(this.#acknowledged.toSorted(), told).toEqual(kept.toSorted());
    for (const name of people) {
      expect(this.#shown.get(name), told).toEqual(kept);
      const own = kept.filter((text) => text.startsWith(name));
      expect(own, told).toEqual(this.#said.get(name));
    }
  }

  #note(what: string): void {
    this.#history.push(`${this.#clock.now()} ${what}`);
  }
}
