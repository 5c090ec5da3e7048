// What every host of a swarm has sent and received, over time, by the kernel's own count (meter.c). Knows no client.
import { z } from "zod";
import { run } from "../commands/account.ts";

const Sample = z.object({
  /** By the clock that all processes share. */
  seconds: z.number(),
  /** Bytes so far, by the last byte of the host's address. */
  sent: z.record(z.string(), z.number()),
  received: z.record(z.string(), z.number()),
});

export type Sample = z.infer<typeof Sample>;

export interface Meter {
  readonly samples: readonly Sample[];
  /** After one last sample. @throws what it complained about. */
  stop(): Promise<void>;
}

/**
 * @param program that meter.c became.
 * @param network of 256 hosts: "127.0.7.0".
 * @param namespaces to look at, if not this one.
 */
export function startMeter(
  accountant: string,
  program: string,
  network: string,
  trackerPort: number,
  intervalMs: number,
  namespaces: readonly string[] = [],
): Meter {
  const args = [network, String(trackerPort), String(intervalMs), ...namespaces];
  const running = run(accountant, { program, args });
  const samples: Sample[] = [];
  const reading = (async () => {
    for (;;) samples.push(Sample.parse(JSON.parse(await running.nextLine())));
  })();
  reading.catch(() => {}); // there is always a last line
  return {
    samples,
    async stop() {
      await Promise.allSettled([running.stop(), reading]);
      await running.ended;
    },
  };
}

const sum = (bytes: Readonly<Record<string, number>>): number =>
  Object.values(bytes).reduce((total, one) => total + one, 0);

/** What all had sent at this moment, between two samples in proportion. */
export function sentBy(samples: readonly Sample[], seconds: number): number {
  const after = samples.findIndex((sample) => sample.seconds >= seconds);
  if (after === 0 || samples.length === 0) return 0;
  const [from, to] = [samples.at(after === -1 ? -1 : after - 1), samples.at(after)];
  if (from === undefined || to === undefined || from === to) return sum(from?.sent ?? {});
  const share = (seconds - from.seconds) / (to.seconds - from.seconds);
  return sum(from.sent) + share * (sum(to.sent) - sum(from.sent));
}
