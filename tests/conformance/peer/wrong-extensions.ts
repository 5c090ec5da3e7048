// What the small peer that can be wrong on purpose says by BEP 10 in one conversation. Knows nothing of blocks.
import { bencode, type BencodedDictionary } from "./bencode.ts";
import { dictionaryOf } from "./visitor.ts";
import { BLOCK_BYTES, id, type Wire } from "./wire.ts";
import type { WrongPeer } from "./wrong-peer.ts";

const METADATA = 1;
const PEX = 2;

export class WrongExtensions {
  readonly #peer: WrongPeer;
  readonly #wire: Wire;
  #theirMetadata = 0;

  constructor(peer: WrongPeer, wire: Wire) {
    this.#peer = peer;
    this.#wire = wire;
  }

  greet(): void {
    const { isPrivate, info } = this.#peer;
    const tellsOfPeers = !isPrivate || this.#peer.is("tells-all");
    const m = { ut_metadata: METADATA, ...(tellsOfPeers ? { ut_pex: PEX } : {}) };
    this.#wire.send(id.extended, Buffer.from([0]), bencode({ m, metadata_size: info.length }));
  }

  /** @returns how many requests the other side takes at a time, if it says so here. */
  hear(payload: Buffer): number | undefined {
    let message: BencodedDictionary;
    try {
      message = dictionaryOf(payload.subarray(1));
    } catch {
      this.#wire.close();
      return undefined;
    }
    if (payload[0] === 0) return this.#greeted(message);
    if (payload[0] === METADATA && message.get("msg_type") === 0 && this.#theirMetadata !== 0)
      this.#tellMetadata(message.get("piece") as number);
    return undefined;
  }

  #greeted(message: BencodedDictionary): number | undefined {
    const m = message.get("m");
    const number = m instanceof Map ? m.get("ut_metadata") : undefined;
    if (typeof number === "number" && (number !== 0 || !this.#peer.is("never-disables")))
      this.#theirMetadata = number;
    const reqq = message.get("reqq");
    return typeof reqq === "number" ? reqq : undefined;
  }

  #tellMetadata(piece: number): void {
    const { info } = this.#peer;
    const number = Buffer.from([this.#peer.is("own-number") ? METADATA : this.#theirMetadata]);
    const isInside = piece >= 0 && piece * BLOCK_BYTES < info.length;
    const head =
      isInside || this.#peer.is("all-metadata")
        ? { msg_type: 1, piece, total_size: info.length }
        : { msg_type: 2, piece };
    const data = isInside ? info.subarray(piece * BLOCK_BYTES, (piece + 1) * BLOCK_BYTES) : Buffer.alloc(0);
    this.#wire.send(id.extended, number, bencode(head), data);
  }
}
