// The swarm as a graph: who is there, and who talks with whom, from what each side tells. Knows no page.
import { isIpv4, ipv4ToInteger } from "@socketlab/core/browser";
import type { ConversationView } from "../src/observe/protocol.ts";
import type { SeenPeer } from "./swarm-view.ts";

/** A peer that reports; or one that is known only from those who talk with it. */
export interface Node {
  /** Its peer id. */
  readonly key: string;
  /** Address and port of its door, as far as it is known. */
  readonly name: string;
  readonly client: string;
  readonly seen: SeenPeer | undefined;
  /** Pieces that it has. */
  readonly has: number;
  readonly upload: number;
  readonly download: number;
}

/** What one side sends to the other. */
export interface Lane {
  /** Bytes a second. */
  readonly rate: number;
  /** The sender will not send. */
  readonly isChoked: boolean;
  /** The receiver wants something. */
  readonly isInterested: boolean;
  /** The sender owes blocks, and has sent none for a minute. */
  readonly isSnubbed: boolean;
  /** Blocks that the receiver has asked for. */
  readonly asked: number;
}

/** One conversation. */
export interface Edge {
  readonly key: string;
  readonly client: Node;
  readonly server: Node;
  readonly clientDoor: string;
  readonly serverDoor: string;
  readonly fromClient: Lane;
  readonly fromServer: Lane;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

type Address = ConversationView["local"];

export function graphOf(peers: readonly SeenPeer[]): Graph {
  const nodes = new Map<string, Node>();
  for (const peer of peers) nodes.set(peer.identity.peerId, observed(peer));
  for (const { state } of peers)
    for (const conversation of state.conversations.values()) addStranger(nodes, conversation);
  const ordered = [...nodes.values()].toSorted(byAddress);
  return { nodes: ordered, edges: edgesOf(peers, nodes) };
}

export function nameOf({ host, port }: Address): string {
  const isAnywhere = host === "::" || host === "0.0.0.0";
  return `${isAnywhere ? "*" : host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** What moves in all conversations, in bytes a second. */
export function allRates({ edges }: Graph): number {
  return edges.reduce((sum, { fromClient, fromServer }) => sum + fromClient.rate + fromServer.rate, 0);
}

function observed(seen: SeenPeer): Node {
  const { identity, state } = seen;
  const { has, upload, download } = state;
  return {
    key: identity.peerId,
    name: nameOf(identity.door),
    client: identity.client,
    seen,
    has,
    upload,
    download,
  };
}

/** The other side of a conversation does not report: what is known of it is what this side sees. */
function addStranger(nodes: Map<string, Node>, conversation: ConversationView): void {
  const { peerId, client, remote, door, has, upload, download } = conversation;
  const before = nodes.get(peerId);
  if (before?.seen !== undefined) return;
  // Where it has dialled from is not its door.
  const name = door === undefined ? (before?.name ?? remote.host) : nameOf(door);
  nodes.set(peerId, {
    key: peerId,
    name,
    client,
    seen: undefined,
    has: Math.max(has, before?.has ?? 0),
    upload: download + (before?.upload ?? 0),
    download: upload + (before?.download ?? 0),
  });
}

function edgesOf(peers: readonly SeenPeer[], nodes: ReadonlyMap<string, Node>): Edge[] {
  const edges = new Map<string, Edge>();
  for (const { identity, state } of peers) {
    for (const conversation of state.conversations.values()) {
      const [own, other] = [nodes.get(identity.peerId)!, nodes.get(conversation.peerId)!];
      const isClient = conversation.role === "client";
      const [client, server] = isClient ? [own, other] : [other, own];
      const key = `${client.key} ${server.key}`;
      const { local, remote } = conversation;
      const [clientDoor, serverDoor] = isClient ? [local, remote] : [remote, local];
      const before = edges.get(key);
      // What somebody gets, it knows itself; the sender says it only where the receiver does not.
      const [received, sent] = [receivedBy(conversation), sentBy(conversation)];
      const [fromClient, fromServer] = isClient
        ? [before?.fromClient ?? sent, received]
        : [received, before?.fromServer ?? sent];
      edges.set(key, {
        key,
        client,
        server,
        clientDoor: nameOf(clientDoor),
        serverDoor: nameOf(serverDoor),
        fromClient,
        fromServer,
      });
    }
  }
  return [...edges.values()];
}

function receivedBy(one: ConversationView): Lane {
  const {
    download: rate,
    isChoking: isChoked,
    amInterested: isInterested,
    isSnubbing: isSnubbed,
    asked,
  } = one;
  return { rate, isChoked, isInterested, isSnubbed, asked };
}

function sentBy({ upload: rate, amChoking: isChoked, isInterested }: ConversationView): Lane {
  return { rate, isChoked, isInterested, isSnubbed: false, asked: 0 };
}

/** By address as a number, then by port; those who do not report come last. */
function byAddress(one: Node, other: Node): number {
  const [a, b] = [one, other].map(({ seen, name }) => {
    const { host = name, port = 0 } = seen?.identity.door ?? {};
    return {
      isStranger: seen === undefined ? 1 : 0,
      number: isIpv4(host) ? ipv4ToInteger(host) : 0,
      host,
      port,
    };
  });
  return (
    a!.isStranger - b!.isStranger ||
    a!.number - b!.number ||
    a!.host.localeCompare(b!.host) ||
    a!.port - b!.port ||
    (one.key < other.key ? -1 : 1)
  );
}
