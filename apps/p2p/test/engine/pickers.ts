// Pickers of a small torrent, and peers that are asked, for tests. Promises nothing.
import { seededRandom } from "@socketlab/core";
import { Bitfield } from "../../src/engine/bitfield.ts";
import { Picker, type Block, type PickerOptions } from "../../src/engine/picker.ts";

export const PIECES = 6;
// The last piece is shorter, as it is of most torrents.
export const blocksOf = (piece: number): number => (piece === PIECES - 1 ? 1 : 4);
export const allPieces = Array.from({ length: PIECES }, (_, piece) => piece);

export interface Peer {
  readonly name: string;
  /** What it was asked for, as "piece block". */
  readonly asked: Set<string>;
  readonly has: Set<number>;
}

export const newPeer = (name: string): Peer => ({ name, asked: new Set(), has: new Set() });
export const keyOf = ({ piece, block }: Block): string => `${piece} ${block}`;
export const blockOf = (key: string): Block => {
  const [piece, block] = key.split(" ").map(Number);
  return { piece: piece!, block: block! };
};

export function fieldOf(pieces: Iterable<number>): Bitfield {
  const field = new Bitfield(PIECES);
  for (const piece of pieces) field.set(piece);
  return field;
}

export function pickerOf(options: Partial<PickerOptions<Peer>> = {}): Picker<Peer> {
  const random = seededRandom(1);
  const [have, wanted] = [fieldOf([]), fieldOf(allPieces)];
  return new Picker({ pieces: PIECES, blocksOf, have, wanted, random, dueInMs: () => 0, ...options });
}

/** Peers that have everything. */
export function complete(picker: Picker<Peer>, ...names: string[]): Peer[] {
  return names.map((name) => {
    const peer = newPeer(name);
    picker.join(peer);
    for (const piece of allPieces) picker.learn(peer, piece);
    return peer;
  });
}

/** Asks until nothing more is to be asked. */
export function drain(picker: Picker<Peer>, peer: Peer): Block[] {
  const blocks: Block[] = [];
  for (let next = picker.pick(peer); next !== undefined; next = picker.pick(peer)) blocks.push(next);
  return blocks;
}
