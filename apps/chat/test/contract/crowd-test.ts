// What a test of a crowd starts from: a crowd that nobody is in, and everything that it has told. Promises nothing.
import { test as base, type TestAPI } from "vitest";
import type { Named } from "../../src/names.ts";
import type { Crowd, PresenceChange, Whisper } from "../../src/server/crowd.ts";
import { named } from "./named.ts";

/** One crowd that several servers may share, with nobody in it at first. */
export interface Gathering {
  /** One server's view of it: a second one only where `isShared`. */
  open(): Promise<Crowd> | Crowd;
  /** Lets time pass, virtual or real. */
  pass(durationMs: number): Promise<void>;
  /** When all that were opened are closed. */
  discard(): Promise<void> | void;
}

export interface CrowdTraits {
  readonly isShared: boolean;
}

interface Heard {
  readonly presence: PresenceChange[];
  readonly typing: [room: string, name: string][];
  readonly whispered: [to: string, whisper: Whisper][];
  readonly replaced: Named[];
}

interface Opened {
  readonly crowd: Crowd;
  readonly heard: Heard;
}

interface Fixtures extends Opened {
  readonly gathering: Gathering;
  /** One more server's view: `crowd` and `heard` are the first one's. */
  readonly open: () => Promise<Opened>;
  readonly first: Opened;
  /** Takes the name, with a secret of its own, and joins. */
  readonly come: (who: string, room: string, at?: Crowd) => Promise<Named>;
  /** What somebody who added up all differences knows of a room. */
  readonly summary: (room: string) => { people: number; present: string[]; changes: number };
  readonly eventually: (check: () => void) => Promise<void>;
}

export type CrowdTest = TestAPI<Fixtures>;

export function crowdTest(create: () => Promise<Gathering> | Gathering): CrowdTest {
  return base.extend<Fixtures>({
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads from the pattern what a fixture needs: nothing
    gathering: async ({}, use) => {
      const gathering = await create();
      await use(gathering);
      await gathering.discard();
    },

    open: async ({ gathering }, use) => {
      const opened: Crowd[] = [];
      await use(async () => {
        const crowd = await gathering.open();
        opened.push(crowd);
        const heard: Heard = { presence: [], typing: [], whispered: [], replaced: [] };
        crowd.follow({
          presence: (change) => void heard.presence.push(change),
          typing: (room, by) => void heard.typing.push([room, by]),
          whispered: (to, whisper) => void heard.whispered.push([to, whisper]),
          replaced: (person) => void heard.replaced.push(person),
        });
        return { crowd, heard };
      });
      for (const crowd of opened) await crowd.close();
    },
    first: async ({ open }, use) => use(await open()),
    crowd: ({ first }, use) => use(first.crowd),
    heard: ({ first }, use) => use(first.heard),

    come: ({ crowd }, use) =>
      use(async (who, room, at = crowd) => {
        const person = named(who);
        if (!(await at.claim(person, `secret of ${who}`))) throw new Error(`${who} is taken`);
        at.join(room, person);
        return person;
      }),

    summary: ({ heard }, use) =>
      use((room) => {
        const changes = heard.presence.filter((change) => change.room === room);
        const present = new Set<string>();
        for (const { arrived, departed } of changes) {
          for (const who of departed) present.delete(who);
          for (const who of arrived) present.add(who);
        }
        return {
          people: changes.at(-1)?.people ?? 0,
          present: [...present].toSorted(),
          changes: changes.length,
        };
      }),

    eventually: ({ gathering }, use) =>
      use(async (check) => {
        for (let tries = 0; tries < 200; tries++) {
          try {
            return check();
          } catch {
            await gathering.pass(50);
          }
        }
        check();
      }),
  });
}
