// The two places in which the tests with real clients play, each with our tracker: loopback, and network namespaces for those
// that speak to no loopback address. Knows no test.
import { has, killRunning } from "@socketlab/core/test-kit";
import { afterAll, beforeAll } from "vitest";
import type { Client } from "./clients.ts";
import { openLoopback, openNamespaces, type Site } from "./site.ts";
import { Tracker } from "./swarm.ts";

export interface Scene {
  readonly site: Site;
  readonly tracker: Tracker;
}

/** For all tests of a file. @returns where a client plays. */
export function openScenes(): (client: Client) => Scene {
  let loopback: Scene;
  let namespaces: Scene | undefined;
  beforeAll(async () => {
    const site = openLoopback();
    loopback = { site, tracker: await Tracker.started(site) };
    if (!has("network namespaces")) return;
    const other = openNamespaces();
    namespaces = { site: other, tracker: await Tracker.started(other) };
  });
  afterAll(() => {
    killRunning();
    namespaces?.site[Symbol.dispose]();
  });
  return ({ isShyOfLoopback }) => (isShyOfLoopback === true ? namespaces! : loopback);
}
