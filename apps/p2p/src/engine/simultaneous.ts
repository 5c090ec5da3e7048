// Two conversations with the same peer, because each has dialled the other: which one stays. Knows neither of them.

/** What is known of a conversation with a peer. */
export interface Dialled {
  /** We have initiated it. */
  readonly isOurs: boolean;
  readonly beganAtMs: number;
}

/** Dials that cross do so within the time that a dial may take; later, somebody pretends to be a peer that we know. */
const CROSSING_MS = 15_000;

/**
 * The one that was initiated by the peer with the higher id: both sides decide alike, without a word. Where one side has
 * initiated both, or the first has lasted for a while, the first.
 */
export function keptOfTwo(
  ownId: Uint8Array,
  remoteId: Uint8Array,
  first: Dialled,
  second: Dialled,
): "first" | "second" {
  const isCrossing = second.beganAtMs - first.beganAtMs < CROSSING_MS;
  if (first.isOurs === second.isOurs || !isCrossing) return "first";
  const at = ownId.findIndex((byte, index) => byte !== remoteId[index]);
  const isOursKept = at >= 0 && ownId[at]! > (remoteId[at] ?? -1);
  return first.isOurs === isOursKept ? "first" : "second";
}
