// The tracker of one swarm, and whether a seed is there. Every measurement gets a fresh one: clients that end without a word
// leave dead peers behind. Knows no client.
import { setTimeout as delay } from "node:timers/promises";
import { run, type Command, type Running } from "../commands/account.ts";

export interface Tracker {
  /** Where clients announce themselves. */
  readonly url: string;
  /** Settles when it answers: a client that asks too early waits long before it asks again. @throws when it takes too long. */
  isUp(): Promise<void>;
  /** Settles when it knows of this many who have all. @throws when it takes too long. */
  hasSeeds(infoHash: Buffer, count: number): Promise<void>;
  stop(): Promise<unknown>;
}

type Look = () => Promise<boolean>;

const ANSWER_MS = 2000;

/** @param command that starts it at this address. */
export function startTracker(accountant: string, command: Command, host: string, port: number): Tracker {
  const running: Running = run(accountant, command);
  const base = `http://${host}:${port}`;
  const see = (query: string): Promise<string | undefined> =>
    fetch(`${base}/scrape${query}`, { signal: AbortSignal.timeout(ANSWER_MS) }).then(
      (answer) => answer.text(),
      () => undefined,
    );
  let isOver = false;
  running.ended.catch(() => {}).finally(() => (isOver = true));
  const wait = async (look: Look, otherwise: string): Promise<void> => {
    await until(async () => isOver || (await look()), otherwise);
    if (isOver) await running.ended;
  };
  return {
    url: `${base}/announce`,
    isUp: () => wait(async () => (await see("")) !== undefined, "the tracker does not answer"),
    hasSeeds(infoHash, count) {
      const hash = infoHash.toString("latin1").replaceAll(/[^]/g, (char) => `%${hex(char)}`);
      const look: Look = async () => seedsIn((await see(`?info_hash=${hash}`)) ?? "") >= count;
      return wait(look, `${count} seeds are not at the tracker`);
    },
    stop: () => running.stop(),
  };
}

const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, "0");

/** How many have all, by a scrape (BEP 48) for one torrent. */
const seedsIn = (scrape: string): number => Number(/8:completei(\d+)e/.exec(scrape)?.[1] ?? 0);

const TIMEOUT_MS = 60_000;
const PAUSE_MS = 50;

async function until(isSo: Look, otherwise: string): Promise<void> {
  for (const end = Date.now() + TIMEOUT_MS; Date.now() < end; await delay(PAUSE_MS)) if (await isSo()) return;
  throw new Error(`${otherwise} after ${TIMEOUT_MS / 1000} s`);
}
