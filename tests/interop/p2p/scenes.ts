// The two places in which the tests with real clients play, each with our tracker and a node of ours in the DHT: loopback, and network namespaces for those
// that speak to no loopback address. Knows no test.
import { has, killRunning, openLoopback, openNamespaces, type Site } from "@socketlab/core/test-kit";
import { afterAll, beforeAll } from "vitest";
import type { Client } from "./clients.ts";
import type { Way } from "./record.ts";
import { startNode, Tracker } from "./swarm.ts";

export interface Scene {
  readonly site: Site;
  readonly tracker: Tracker;
  /** HOST:PORT. */
  readonly node: string;
}

async function openScene(site: Site): Promise<Scene> {
  return { site, tracker: await Tracker.started(site), node: await startNode(site) };
}

/** For all tests of a file. @returns where a client plays. */
export function openScenes(): (client: Client, over?: Way["over"]) => Scene {
  let loopback: Scene;
  let namespaces: Scene | undefined;
  beforeAll(async () => {
    loopback = await openScene(openLoopback());
    if (has("network namespaces")) namespaces = await openScene(openNamespaces());
  });
  afterAll(() => {
    killRunning();
    namespaces?.site[Symbol.dispose]();
  });
  // Some call out on no loopback interface.
  return ({ isShyOfLoopback }, over) => (isShyOfLoopback === true || over === "LSD" ? namespaces! : loopback);
}
