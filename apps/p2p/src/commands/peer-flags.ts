// The flags of those commands that take part in a swarm, and what they mean. Dials nobody.
import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import { parseEndpoint, SocketlabError, UsageError, type Endpoint } from "@socketlab/core";
import {
  parseCount,
  parseSize,
  traceLine,
  traceRecord,
  type Flags,
  type FlagTable,
} from "@socketlab/core/terminal";
import { RateLimit } from "../engine/rate-limit.ts";
import { newPeerId, PEER_ID_RANDOM_BYTES } from "../extensions/peer-id.ts";
import type { Limits } from "../peer/conversation.ts";
import { Peer } from "../peer/peer.ts";
import {
  discoveryFlags,
  readDiscoverySetting,
  type DiscoveryFlag,
  type DiscoverySetting,
} from "./discovery-flags.ts";

/** BEP 3: where peers listen, if nothing else is said. */
const FIRST_PORT = 6881;
const LAST_PORT = 6889;

export type PeerFlag =
  | DiscoveryFlag
  | "listen"
  | "peer"
  | "upload-limit"
  | "download-limit"
  | "upload-limit-per-peer"
  | "download-limit-per-peer"
  | "slots"
  | "trace"
  | "observe";

export const peerFlags: FlagTable<PeerFlag> = {
  listen: {
    value: "HOST:PORT",
    help: `where to wait (every address, port ${FIRST_PORT} or the next)`,
  },
  peer: { value: "HOST:PORT", multiple: true, help: "somebody who takes part; trackers tell of more" },
  "upload-limit": { value: "RATE", help: "in all, in bytes a second: 500k, 2M (none)" },
  "download-limit": { value: "RATE", help: "in all (none)" },
  "upload-limit-per-peer": { value: "RATE", help: "to each (none)" },
  "download-limit-per-peer": { value: "RATE", help: "from each (none)" },
  slots: { value: "N", help: "how many may ask at a time (8; a seed: 16)" },
  trace: {
    help: "print every message, and whether this peer is the client or the server of its conversation",
  },
  observe: { value: "URL", help: "tell an observer what goes on here: the ws:// door of p2p lab (nobody)" },
  ...discoveryFlags,
};

/** What happens, told as lines to people or as records to programs. */
export type Tell = (record: object, line: string) => void;

export interface PeerSetting {
  readonly limits: Limits;
  readonly slots: number | undefined;
  readonly peers: readonly { readonly host: string; readonly port: number }[];
  /** Undefined: any of the usual ones that is free. */
  readonly listen: Endpoint | undefined;
  /** Each message is to be told. */
  readonly traces: boolean;
  /** Whom to tell what goes on here. */
  readonly observer: Endpoint | undefined;
  readonly discovery: DiscoverySetting;
}

/** @throws UsageError `bad-flag`. */
export function readPeerSetting(flags: Flags<PeerFlag>): PeerSetting {
  const rate = (name: PeerFlag): number => flags.read(name, parseRate) ?? Infinity;
  return {
    limits: {
      upload: new RateLimit(rate("upload-limit")),
      download: new RateLimit(rate("download-limit")),
      uploadPerPeer: rate("upload-limit-per-peer"),
      downloadPerPeer: rate("download-limit-per-peer"),
    },
    slots: flags.read("slots", parseCount),
    peers: flags.readAll("peer", parsePeer),
    listen: flags.read("listen", parseDoor),
    traces: flags.has("trace"),
    observer: flags.read("observe", parseObserver),
    discovery: readDiscoverySetting(flags),
  };
}

/** This process as a peer, at its door. @throws UsageError `address-in-use`, when the door was named. */
export async function openPeer({ listen, traces }: PeerSetting, tell: Tell): Promise<Peer> {
  const peer = new Peer({
    peerId: newPeerId(randomBytes(PEER_ID_RANDOM_BYTES)),
    trace: traces ? (event) => tell(traceRecord(event), traceLine(event)) : undefined,
  });
  if (listen !== undefined) {
    await peer.listen(listen);
    return peer;
  }
  const host = hasIpv6() ? "::" : "0.0.0.0";
  for (let port = FIRST_PORT; peer.endpoints.length === 0; port = port < LAST_PORT ? port + 1 : 0) {
    try {
      await peer.listen({ transport: "tcp", host, port, path: "" });
    } catch (error) {
      if (!(error instanceof SocketlabError) || error.code !== "address-in-use" || port === 0) throw error;
    }
  }
  return peer;
}

/** Less than a block in 16 seconds is nothing that others would wait for. */
const LEAST_RATE = 1024;

function parseRate(text: string): number {
  const rate = parseSize(text);
  if (rate < LEAST_RATE)
    throw new UsageError("bad-quantity", `${JSON.stringify(text)} is less than 1k, a KiB a second`);
  return rate;
}

/** Peers speak over no other. */
function withTransport(text: string): string {
  return text.includes("://") ? text : `tcp://${text}`;
}

function parseDoor(text: string): Endpoint {
  const endpoint = parseEndpoint(withTransport(text), { defaultPort: FIRST_PORT });
  if (endpoint.transport !== "tcp")
    throw new UsageError("bad-endpoint", `${JSON.stringify(text)}: peers speak over tcp://`);
  return endpoint;
}

function parseObserver(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (endpoint.transport !== "ws" && endpoint.transport !== "wss")
    throw new UsageError("bad-endpoint", `${JSON.stringify(text)}: an observer listens at ws:// or wss://`);
  return endpoint;
}

function parsePeer(text: string): { host: string; port: number } {
  const { host, port } = parseEndpoint(withTransport(text));
  return { host, port };
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family }) => family === "IPv6"),
  );
}
