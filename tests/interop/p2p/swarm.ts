// One torrent, its tracker, and those who take part, as processes: what the tests of real clients have in common.
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort, run, TestProcess, type Site } from "@socketlab/core/test-kit";
import { inUrl, main, type Client, type Place, type Role } from "./clients.ts";
import { differences, makeContent, type Kind } from "./content.ts";

export type Transport = "http" | "udp";
export type Family = "IPv4" | "IPv6";

const POLL_MS = 200;
const LISTENING_MS = 30_000;

/** Our tracker at all addresses of a site. */
export class Tracker {
  readonly #urls: readonly string[];

  private constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  static async started({ ip4, ip6 }: Site): Promise<Tracker> {
    const doors = [ip4, ip6].flatMap((ip) => ["http", "udp"].map((one) => `${one}://${inUrl(ip)}:0`));
    const listen = doors.flatMap((door) => ["--listen", door]);
    const tracker = TestProcess.start(process.execPath, [main, "tracker", ...listen, "--json"]);
    return new Tracker(await tracker.listening());
  }

  url(transport: Transport, family: Family): string {
    const url = this.#urls.find(
      (one) => one.startsWith(transport) && one.includes("[") === (family === "IPv6"),
    )!;
    return url.includes("/announce") ? url : `${url.replace(/\/$/, "")}/announce`;
  }

  /** Who asks before a seed is there would have to wait until it may ask again. */
  async hasSeed(infoHash: string, withinMs: number, otherwise: () => string = () => ""): Promise<void> {
    const isThere = async (): Promise<boolean> => (await this.seeds(infoHash)) > 0;
    await until(isThere, withinMs, () => `no seed is at the tracker: ${otherwise()}`);
  }

  /** How many have all of it, as a scrape tells (BEP 48). */
  async seeds(infoHash: string): Promise<number> {
    const query = infoHash.replaceAll(/../g, "%$&");
    const url = this.url("http", "IPv4").replace(/announce$/, `scrape?info_hash=${query}`);
    return Number(/8:completei(\d+)e/.exec(await (await fetch(url)).text())?.[1] ?? 0);
  }
}

/** A node of the DHT that knows nobody: a peer with something of its own. @returns where it waits, HOST:PORT. */
export async function startNode({ ip4 }: Site): Promise<string> {
  const at = `${ip4}:${await freePort()}`;
  const args = [main, "share", main, "--listen", `tcp://${at}`, "--dht-bootstrap", at, "--json"];
  await TestProcess.start(process.execPath, args).says(/"event":"listening"/);
  return at;
}

export interface SwarmOptions {
  readonly kind: Kind;
  /** None: nobody is told of others but by others. */
  readonly trackerUrl?: string | undefined;
}

/** A torrent of its own, with a folder in which everybody has a place. */
export class TestSwarm implements AsyncDisposable {
  readonly name: string;
  readonly infoHash: string;
  readonly magnet: string;
  readonly #root: string;
  readonly #site: Site;
  readonly #torrent: string;
  readonly #started: TestProcess[] = [];
  #places = 0;

  private constructor(root: string, site: Site, name: string, created: { infoHash: string; magnet: string }) {
    this.#root = root;
    this.#site = site;
    this.name = name;
    this.infoHash = created.infoHash;
    this.magnet = created.magnet;
    this.#torrent = join(root, "the.torrent");
  }

  static async made(site: Site, { kind, trackerUrl }: SwarmOptions): Promise<TestSwarm> {
    const root = mkdtempSync(join(tmpdir(), "p2p-interop-"));
    const name = makeContent(join(root, "content"), kind);
    const to = ["--output", join(root, "the.torrent"), "--piece-length", "16k", "--json"];
    const tracker = trackerUrl === undefined ? [] : ["--tracker", trackerUrl];
    const made = await run(process.execPath, [
      main,
      "create",
      join(root, "content", name),
      ...to,
      ...tracker,
    ]);
    if (made.code !== 0) throw new Error(made.stderr);
    return new TestSwarm(root, site, name, JSON.parse(made.stdout.toString()) as typeof TestSwarm.prototype);
  }

  place(family: Family, more: Partial<Place> = {}): Place {
    const [host, number] = [this.#site.host(), ++this.#places];
    const own = join(this.#root, `${number}`);
    for (const part of ["folder", "home"]) mkdirSync(join(own, part), { recursive: true });
    return {
      host,
      ip: family === "IPv4" ? host.ip4 : host.ip6,
      // Over IPv6 several may share an address.
      port: 20_000 + Math.floor(Math.random() * 10_000),
      torrent: this.#torrent,
      folder: join(own, "folder"),
      home: join(own, "home"),
      name: this.name,
      ...more,
    };
  }

  /** Settles when it listens: who dials it before would not do so again for a minute. */
  async start(client: Client, role: Role, place: Place): Promise<TestProcess> {
    if (role === "seed")
      cpSync(join(this.#root, "content", this.name), join(place.folder, this.name), { recursive: true });
    const started = await client.start(place, role);
    this.#started.push(started);
    const said = (): string => `${client.name} does not listen: ${started.stdout}${started.stderr}`;
    await until(() => listens(place), LISTENING_MS, said);
    return started;
  }

  /** Until all has arrived there, byte by byte. @throws Error with what is missing. */
  async arrived({ folder }: Place, { leavesOutEmptyFiles }: Client, withinMs: number): Promise<void> {
    const missing = (): string[] =>
      differences(join(this.#root, "content"), folder, this.name, leavesOutEmptyFiles !== true);
    const told = (): string => `missing: ${missing().join(", ")}
${this.#told()}`;
    await until(() => missing().length === 0, withinMs, told);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#started.map((each) => each.stop("SIGKILL")));
    rmSync(this.#root, { recursive: true, force: true });
  }

  #told(): string {
    return this.#started.map(({ stdout, stderr }) => `${stdout}${stderr}`.slice(-1500)).join("\n--\n");
  }
}

async function listens({ ip, port }: Place): Promise<boolean> {
  const socket = connect({ host: ip, port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** @throws Error `otherwise` after so long. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  withinMs: number,
  otherwise: () => string,
): Promise<void> {
  for (const endMs = Date.now() + withinMs; !(await isSo()); await delay(POLL_MS))
    if (Date.now() > endMs) throw new Error(otherwise());
}
