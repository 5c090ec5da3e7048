// The crowd over NATS, where the broker tells late what was written: a cluster may, and answers what is asked meanwhile.
import { setTimeout as delay } from "node:timers/promises";
import { needs } from "@socketlab/core/test-kit";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { describe, expect, test, vi } from "vitest";
import { openNatsCrowd } from "../src/server/nats-crowd.ts";
import { named } from "./contract/named.ts";

const LATE_MS = 1000;

vi.mock(import("@socketlab/nats-kit"), async (original) => {
  const kit = await original();
  const { Tail } = kit;
  type Parameters = ConstructorParameters<typeof Tail>;
  return {
    ...kit,
    Tail: class extends Tail {
      constructor(...[broker, stream, next, listener, log]: Parameters) {
        super(broker, stream, next, (message) => void setTimeout(listener, LATE_MS, message), log);
      }
    },
  };
});

describe("with one NATS server", needs("nats-server"), () => {
  test("whoever takes a name over keeps it, though told after that who had it before", async () => {
    const nats = await Nats.start(1);
    const replaced: string[] = [];
    const open = async (server: string) => {
      const crowd = await openNatsCrowd(nats.url);
      crowd.follow({
        presence: () => {},
        typing: () => {},
        whispered: () => {},
        replaced: ({ shown }) => void replaced.push(`${shown} at ${server}`),
      });
      return crowd;
    };
    const [before, after] = [await open("the first"), await open("the second")];
    expect(await before.claim(named("Ann"), "hers")).toBe(true);
    // What is not under way by then is never told: the bucket keeps the latest only.
    await delay(LATE_MS / 10);
    expect(await after.claim(named("Ann"), "hers")).toBe(true);
    await vi.waitFor(() => expect(replaced).toContain("Ann at the first"), { timeout: 5 * LATE_MS });
    await delay(LATE_MS / 10);
    expect(replaced).toEqual(["Ann at the first"]);
    expect(await after.claim(named("Ann"), "another's")).toBe(false);
    await Promise.all([before.close(), after.close()]);
  });
});
