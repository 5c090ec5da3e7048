// What peers could tell of themselves. Knows no test.
import type { PeerState } from "../../src/observe/peer-state.ts";
import type { ConversationView, PeerIdentity } from "../../src/observe/protocol.ts";

/** The peer id of the n-th peer. */
export function idOf(n: number): string {
  return n.toString(16).padStart(40, "0");
}

export function identity(n: number): PeerIdentity {
  return {
    peerId: idOf(n),
    client: "Socketlab 0.1.0",
    pid: 1000 + n,
    door: { host: `10.0.0.${n}`, port: 6881 },
    torrent: { name: "film", infoHash: idOf(99), pieces: 8, bytes: 8 * 16_384 },
    uploadLimit: null,
  };
}

/** Of peer `own` with peer `other`: it has dialled if its number is the larger. */
export function conversation(
  own: number,
  other: number,
  differs: Partial<ConversationView> = {},
): ConversationView {
  const isClient = own > other;
  const [client, server] = isClient ? [own, other] : [other, own];
  const clientDoor = { host: `10.0.0.${client}`, port: 50_000 + server };
  const serverDoor = { host: `10.0.0.${server}`, port: 6881 };
  return {
    id: other,
    role: isClient ? "client" : "server",
    local: isClient ? clientDoor : serverDoor,
    remote: isClient ? serverDoor : clientDoor,
    peerId: idOf(other),
    client: "Socketlab 0.1.0",
    has: 0,
    amChoking: true,
    amInterested: false,
    isChoking: true,
    isInterested: false,
    isSnubbing: false,
    asked: 0,
    upload: 0,
    download: 0,
    ...differs,
  };
}

export function state(
  conversations: readonly ConversationView[] = [],
  differs: Partial<Omit<PeerState, "conversations">> = {},
): PeerState {
  const all = new Map(conversations.map((one) => [one.id, one]));
  return { parts: "", has: 0, upload: 0, download: 0, ...differs, conversations: all };
}
