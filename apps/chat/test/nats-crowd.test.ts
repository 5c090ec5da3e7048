// Holds the crowd that is shared over NATS to the contract of crowds, and to what happens when a server dies.
import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { needs } from "@socketlab/core/test-kit";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Crowd } from "../src/server/crowd.ts";
import { openNatsCrowd } from "../src/server/nats-crowd.ts";
import { crowdContract } from "./contract/crowd.ts";
import { named } from "./contract/named.ts";

const TTL_MS = 1500;

describe("with one NATS server", needs("nats-server"), () => {
  let nats: Nats;
  let chats = 0;
  beforeAll(async () => {
    nats = await Nats.start(1);
  });

  crowdContract("NATS", { isShared: true }, () => {
    const url = `${nats.url}/t${chats++}`;
    return { open: () => openNatsCrowd(url), pass: (ms) => delay(ms), discard: () => {} };
  });

  describe("beside another server", () => {
    let crowd: Crowd;
    let other: ChildProcess;
    let said: string;
    const told: string[] = [];

    beforeEach(async () => {
      const url = `${nats.url}/t${chats++}`;
      crowd = await openNatsCrowd(url, { serverTtlMs: TTL_MS });
      told.length = 0;
      crowd.follow({
        presence: ({ arrived, departed }) => told.push(`+${arrived.join()} -${departed.join()}`),
        typing: () => {},
        whispered: () => {},
        replaced: ({ shown }) => told.push(`${shown} replaced`),
      });
      const ann = named("Ann");
      await crowd.claim(ann, "hers");
      crowd.join("lobby", ann);
      said = "";
      const script = fileURLToPath(new URL("nats-crowd-process.ts", import.meta.url));
      other = spawn(process.execPath, [script, url, String(TTL_MS)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      other.stdout!.on("data", (chunk: Buffer) => void (said += chunk.toString()));
      await peopleAre(["Ann", "Bob"]);
    });
    afterEach(async () => {
      other.kill("SIGKILL");
      await crowd.close();
    });

    test("the people of one that is killed disappear, and their names may be taken", async () => {
      expect(await crowd.claim(named("Bob"), "another's")).toBe(false);
      other.kill("SIGKILL");
      await peopleAre(["Ann"]);
      await vi.waitFor(() => expect(told.at(-1)).toBe("+ -Bob"), { timeout: 5000 });
      expect(await whisper("hello?")).toBe(false);
      expect(await crowd.claim(named("Bob"), "another's")).toBe(true);
    });

    test("the people of one that is silent disappear, and are back when it is heard again", async () => {
      other.kill("SIGSTOP");
      await peopleAre(["Ann"]);
      other.kill("SIGCONT");
      await peopleAre(["Ann", "Bob"]);
      expect(await whisper("back again")).toBe(true);
      await vi.waitFor(() => expect(said).toContain("whispered back again"), { timeout: 5000 });
    });

    test("one that was silent learns which of its names were taken meanwhile", async () => {
      other.kill("SIGSTOP");
      await peopleAre(["Ann"]);
      expect(await crowd.claim(named("Bob"), "another's")).toBe(true);
      other.kill("SIGCONT");
      await vi.waitFor(() => expect(said).toContain("replaced Bob"), { timeout: 10_000 });
      await delay(TTL_MS);
      expect(await whisper("for the new one")).toBe(true);
      expect(said).not.toContain("for the new one");
    });

    test("a broker that dies and comes back changes nothing", async () => {
      await nats.killServer(0);
      await delay(2 * TTL_MS);
      nats.startServer(0);
      await nats.ready();
      await peopleAre(["Ann", "Bob"]);
      expect(await crowd.claim(named("Bob"), "another's")).toBe(false);
      // The other server may be later than we are at the broker.
      await vi.waitFor(async () => expect(await whisper("still there?")).toBe(true), { timeout: 10_000 });
      expect(told.filter((change) => !change.startsWith("+"))).toEqual([]);
      expect(told.join()).not.toContain("-Bob");
    });

    function peopleAre(names: readonly string[]): Promise<void> {
      return vi.waitFor(() => expect(crowd.people("lobby", undefined, 10).names).toEqual(names), {
        timeout: 15_000,
      });
    }

    function whisper(text: string): Promise<boolean> {
      return crowd.whisper("bob", { id: "1", from: "Ann", to: "Bob", text, at: 0 });
    }
  });
});
