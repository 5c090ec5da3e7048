// The lab's processes: a tracker, a seed and two peers, started in their order and ended in the other. Prints nothing.
import { Child } from "./child.ts";
import { PEERS, type Plan } from "./plan.ts";
import { prepare } from "./prepare.ts";

export class Cast {
  readonly #plan: Plan;
  readonly #main: string;
  readonly #onGone: (sentence: string) => void;
  readonly #stopping = new AbortController();
  /** The tracker first. */
  readonly #children: Child[] = [];
  #started: Promise<void> | undefined;

  /** @param main the URL of the program. @param onGone one of them has ended, and nobody has told it to. */
  constructor(plan: Plan, main: string, onGone: (sentence: string) => void) {
    this.#plan = plan;
    this.#main = main;
    this.#onGone = onGone;
  }

  /** @param observer where the peers report. @throws what keeps one of them from starting. */
  start(observer: string): Promise<void> {
    this.#started ??= this.#start(observer);
    return this.#started;
  }

  /** Until none is left. */
  async stop(): Promise<void> {
    // Nobody is started any more.
    this.#stopping.abort();
    const [tracker, ...peers] = this.#children;
    await Promise.all(peers.map((child) => child.stop()));
    // Last, so that they can tell it that they leave.
    await tracker?.stop();
    await this.#started?.catch(() => {});
  }

  async #start(observer: string): Promise<void> {
    await prepare(this.#plan);
    const [announceUrl] = await this.#begin("the tracker", this.#plan.tracker());
    await this.#begin("the seed", this.#plan.seed(announceUrl!, observer));
    const numbers = Array.from({ length: PEERS }, (_, at) => at + 1);
    await Promise.all(
      numbers.map((number) => this.#begin(`peer ${number}`, this.#plan.peer(number, observer))),
    );
  }

  /** Until it waits to be contacted. @returns where. */
  async #begin(name: string, args: readonly string[]): Promise<string[]> {
    this.#stopping.signal.throwIfAborted();
    const child = new Child(name, this.#main, args);
    this.#children.push(child);
    const doors = await child.listening();
    void this.#watch(child);
    return doors;
  }

  async #watch(child: Child): Promise<void> {
    const how = await child.ended;
    if (!this.#stopping.signal.aborted)
      this.#onGone(`${child.name} (process ${child.pid}) has ended: ${how}. The others go on.`);
  }
}
