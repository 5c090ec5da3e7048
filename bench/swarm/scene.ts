// Where one swarm is measured: addresses, a folder for each process, the torrent, the tracker and the meter. Starts no client.
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run, type Command, type Running } from "../commands/account.ts";
import type { Workspace } from "../commands/workspace.ts";
import type { Swarm } from "./bound.ts";
import type { Place } from "./client.ts";
import { Homes } from "./homes.ts";
import { startMeter, type Meter } from "./meter.ts";
import { makeTorrent } from "./torrent.ts";
import { startTracker } from "./tracker.ts";

/** What is at hand: the programs that account.c and meter.c became, and how our tracker is started. */
export interface Tools {
  accountant: string;
  meter: string;
  tracker: (host: string, port: number) => Command;
}

export interface Scene {
  readonly meter: Meter;
  /** An empty folder, or one with the whole file in it. */
  place(host: number, rates: Pick<Place, "upload" | "download">, has: "nothing" | "all"): Place;
  start(host: number, command: Command): Running;
  /** Settles when the tracker knows of a seed. */
  seedIsThere(): Promise<void>;
  /** @throws when this host has not, byte by byte, the whole file. */
  compare(host: number): void;
  close(): Promise<void>;
}

// Below the ports that the kernel gives to those who ask for none.
const PORT = 16881;
const TRACKER_PORT = 16969;

// A rate over a quarter of a minute needs no more; a whole transfer without a limit is over in a second or two.
const SAMPLE_MS = 200;
const FAST_SAMPLE_MS = 10;

/** @throws LeftOut when namespaces are needed and cannot be made, or there is no tracker. */
export async function openScene(
  { accountant, meter: meterProgram, tracker: trackerCommand }: Tools,
  workspace: Workspace,
  swarm: Swarm,
  hosts: number,
  inNamespaces: boolean,
): Promise<Scene> {
  const name = `${swarm.fileBytes}-bytes`;
  workspace.add({ name, bytes: swarm.fileBytes });
  workspace.empty();
  const whole = path.join(workspace.from, name);
  const torrent = path.join(workspace.to, "file.torrent");
  const folderOf = (host: number): string => path.join(workspace.to, String(host));
  const homes = new Homes(hosts, inNamespaces);
  const started: { stop: () => Promise<unknown> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.allSettled(started.map((one) => one.stop()));
    homes[Symbol.dispose]();
    workspace.empty();
  };
  try {
    const trackerHost = homes.site.ip4;
    const command = trackerCommand(trackerHost, TRACKER_PORT);
    const tracker = startTracker(accountant, command, trackerHost, TRACKER_PORT);
    started.push(tracker);
    await tracker.isUp();
    const { metainfo, infoHash } = makeTorrent(whole, name, swarm.pieceBytes, tracker.url);
    writeFileSync(torrent, metainfo);
    const sampleMs = swarm.seedBytesPerSecond === Infinity ? FAST_SAMPLE_MS : SAMPLE_MS;
    const { namespaces, site } = homes;
    const meter = startMeter(accountant, meterProgram, site.network4, TRACKER_PORT, sampleMs, namespaces);
    started.push(meter);
    return {
      meter,
      place(host, rates, has) {
        const [folder, own] = [folderOf(host), `${folderOf(host)}-own`];
        for (const one of [folder, own]) mkdirSync(one);
        if (has === "all") linkSync(whole, path.join(folder, name));
        const address = { host: homes.address(host), port: PORT };
        return { ...address, ...rates, torrent, tracker: tracker.url, folder, name, own };
      },
      start(host, client) {
        const running = run(accountant, homes.command(host, client));
        started.push(running);
        return running;
      },
      seedIsThere: () => tracker.hasSeeds(infoHash, 1),
      compare: (host) => workspace.compare(name, folderOf(host)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
