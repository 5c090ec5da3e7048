// When peers are looked for beside the trackers, and until when, in virtual time.
import { VirtualClock } from "@socketlab/core";
import { expect, test } from "vitest";
import type { Discovery } from "../../src/discovery/discovery.ts";
import type { PeerAddress } from "../../src/engine/address-book.ts";
import { Search } from "../../src/peer/search.ts";

const own = new Uint8Array(20).fill(1);
const other = new Uint8Array(20).fill(2);
const peer = { host: "192.0.2.1", port: 5 };

/** What it is asked for, and a voice to answer with. */
class Fake implements Discovery {
  readonly port = 1;
  readonly nodeCount = 0;
  readonly asked: string[] = [];
  readonly tell = new Set<(infoHash: Uint8Array, peer: PeerAddress) => void>();
  readonly signals: (AbortSignal | undefined)[] = [];

  addNode(): void {}

  announce(_infoHash: Uint8Array, port: number, signal?: AbortSignal): void {
    this.asked.push(`announce ${port}`);
    this.signals.push(signal);
  }

  lookup(_infoHash: Uint8Array, signal?: AbortSignal): Promise<void> {
    this.asked.push("lookup");
    this.signals.push(signal);
    return Promise.resolve();
  }

  onPeer(callback: (infoHash: Uint8Array, found: PeerAddress) => void): () => void {
    this.tell.add(callback);
    return () => void this.tell.delete(callback);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function searchOf({ port }: { port?: number } = { port: 6881 }): {
  clock: VirtualClock;
  fakes: { dht: Fake; lsd: Fake };
  found: string[];
  search: Search;
} {
  const [clock, found] = [new VirtualClock(0), [] as string[]];
  const fakes = { dht: new Fake(), lsd: new Fake() };
  const onPeer = ({ host }: PeerAddress, source: string, teller = "-"): void =>
    void found.push(`${source} ${host} by ${teller}`);
  const search = new Search({ discoveries: fakes, infoHash: own, port, clock, onPeer });
  return { clock, fakes, found, search };
}

test("both are told where we listen, and of what they find ours is taken", () => {
  const { fakes, found, search } = searchOf();
  search.start();
  for (const { asked, tell } of [fakes.dht, fakes.lsd]) {
    expect(asked).toEqual(["announce 6881"]);
    for (const say of tell) for (const infoHash of [other, own]) say(infoHash, peer);
  }
  expect(found).toEqual(["dht 192.0.2.1 by -", "lsd 192.0.2.1 by 192.0.2.1"]);
});

test("where nobody is left they are asked again once a minute, however often that is said", async () => {
  const { clock, fakes, search } = searchOf();
  search.start();
  const lookups: number[] = [];
  for (let second = 0; second < 181; second++) {
    const before = fakes.dht.asked.length;
    search.again();
    if (fakes.dht.asked.length > before) lookups.push(second);
    await clock.advance(1000);
  }
  expect(lookups).toEqual([60, 120, 180]);
  expect(fakes.dht.asked).toEqual(["announce 6881", "lookup", "lookup", "lookup"]);
  expect(fakes.lsd.asked).toEqual(fakes.dht.asked);
});

test("whoever listens nowhere is not announced, and looks for nobody", async () => {
  const { clock, fakes, search } = searchOf({});
  search.start();
  await clock.advance(120_000);
  search.again();
  for (const { asked, tell } of [fakes.dht, fakes.lsd]) expect([asked, tell.size]).toEqual([[], 0]);
});

test("once it is closed nobody is announced, heard or asked, and what is under way is given up", async () => {
  const { clock, fakes, search } = searchOf();
  search.start();
  await clock.advance(60_000);
  search.again();
  search.close();
  await clock.advance(120_000);
  search.again();
  for (const { asked, tell, signals } of [fakes.dht, fakes.lsd]) {
    expect([asked, tell.size]).toEqual([["announce 6881", "lookup"], 0]);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
  }
});
