// `p2p tracker`: from flags to a tracker that waits until it is told to stop. Exits nothing.
import { randomBytes } from "node:crypto";
import { isMulticast, isUdpReflectorPort, SocketlabError, UsageError, type Endpoint } from "@socketlab/core";
import { readSetting, runServer, type Greeting, type Metric } from "@socketlab/core/server-kit";
import {
  ExitCode,
  parseCount,
  parseDuration,
  parseFlags,
  print,
  withoutTcpOptions,
  type Flags,
  type Terminal,
} from "@socketlab/core/terminal";
import { ConnectionIds } from "./connection-ids.ts";
import { converse, datagrams } from "./conversation.ts";
import { inHttpWords, readDoors, showDoor } from "./doors.ts";
import { serverFlags, serverHelp, type ServerFlag } from "./flags.ts";
import { trackerHttp } from "./http-door.ts";
import { openStore } from "./open-store.ts";
import type { SwarmLimits } from "./swarms.ts";
import { Tracker } from "./tracker.ts";
import { UdpDoor } from "./udp-door.ts";

const INTERVAL_MS = 30 * 60_000;
const [SHORTEST_INTERVAL_MS, LONGEST_INTERVAL_MS] = [1000, 60 * 60_000];
/** Who has missed one announce and half of the next is gone. */
const EXPIRY_INTERVALS = 1.5;

/** @returns the exit code, when it has been told to stop and has. @throws what keeps it from starting. */
export async function trackerCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await track(args, terminal);
  } catch (error) {
    throw inOurWords(error);
  }
}

async function track(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, serverFlags);
  if (flags.has("help")) {
    print(terminal, serverHelp("tracker"));
    return ExitCode.done;
  }
  const { log, ...setting } = await readSetting(flags, readDoors(flags.texts("listen")), terminal);
  const intervalMs = flags.read("interval", readInterval) ?? INTERVAL_MS;
  const where = { state: flags.text("state"), store: flags.text("store") };
  const options = { expiryMs: EXPIRY_INTERVALS * intervalMs, limits: limitsOf(flags), log };
  const { store, place } = await openStore(where, options);
  try {
    const tracker = new Tracker({ store, intervalMs });
    const door = new UdpDoor(tracker, new ConnectionIds(randomBytes(32), () => Date.now()));
    const own = new Set<number>();
    // A conversation is as good as a datagram here, and there are too many of them to be told of each.
    const quiet = log.child({}, { level: log.level === "info" ? "warn" : log.level });
    return await runServer(datagrams, { ...setting, log: quiet }, (socket) => converse(socket, door), {
      kind: "server",
      name: "tracker",
      folder: new URL("./", import.meta.url),
      greeting: greetingOf(place),
      onRequest: trackerHttp(tracker, about),
      metrics: () => metricsOf(tracker, door),
      optionsAt: ({ transport }: Endpoint) => (transport === "udp" ? withoutTcpOptions : {}),
      acceptDatagramFrom: ({ host, port }: Endpoint) =>
        port !== 0 && !own.has(port) && !isUdpReflectorPort(port) && !isMulticast(host),
      onListening({ endpoints }) {
        for (const { transport, port } of endpoints) if (transport === "udp") own.add(port);
      },
    });
  } finally {
    await store.close();
  }
}

/** @throws UsageError */
function readInterval(text: string): number {
  const ms = parseDuration(text);
  if (ms >= SHORTEST_INTERVAL_MS && ms <= LONGEST_INTERVAL_MS) return ms;
  throw new UsageError("bad-quantity", `${JSON.stringify(text)} is not from 1 s to 1 h`);
}

/** What was not given is left out. */
function limitsOf(flags: Flags<ServerFlag>): Partial<SwarmLimits> {
  const count = (name: ServerFlag): number | undefined => flags.read(name, (text) => parseCount(text, 1));
  const given = {
    maxPeers: count("max-peers"),
    maxSwarms: count("max-torrents"),
    maxPerAddressAndSwarm: count("peers-per-address"),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const about = `This is a BitTorrent tracker: it tells peers of one another.

/announce   for clients (BEP 3)
/scrape     ?info_hash=…: how many have a torrent (BEP 48)
/stats      how much is going on, as JSON
/metrics    the same and more, for Prometheus
`;

function greetingOf(place: string): Greeting {
  return {
    title: (doors) => `A tracker waits at ${doors}.`,
    call: (url) => `npm run -s p2p -- share FILE --tracker ${url}`,
    others: () => [],
    show: showDoor,
    otherDoors: "p2p tracker --listen http://127.0.0.1:0 --listen udp://127.0.0.1:0",
    notes: () => [`Who is there is kept in ${place}.`],
    next: [],
  };
}

function metricsOf(tracker: Tracker, door: UdpDoor): Metric[] {
  const { announces, scrapes, refused } = tracker.asked;
  const { swarms, peers, seeds } = tracker.size;
  const metric = (kind: Metric["kind"], name: string, help: string, value: number): Metric => ({
    name: `tracker_${name}`,
    kind,
    help,
    value,
  });
  return [
    metric("counter", "announces_total", "Announces that were understood.", announces),
    metric("counter", "scrapes_total", "Torrents that were asked about.", scrapes),
    metric("counter", "refused_total", "Requests that were answered with a reason why not.", refused),
    metric("counter", "ignored_total", "Datagrams that were not answered.", door.ignored),
    metric("gauge", "swarms", "Torrents of which somebody is there.", swarms),
    metric("gauge", "peers", "Peers in all swarms.", peers),
    metric("gauge", "seeds", "Those who have all of it.", seeds),
  ];
}

/** The door behind http:// has another name in core. */
function inOurWords(error: unknown): unknown {
  if (!(error instanceof SocketlabError) || !/\bwss?:\/\//.test(error.message)) return error;
  const Kind = error.constructor as new (code: string, message: string, options?: ErrorOptions) => Error;
  return new Kind(error.code, inHttpWords(error.message), { cause: error });
}
