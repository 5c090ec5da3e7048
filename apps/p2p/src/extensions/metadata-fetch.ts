// Gets a torrent's info dictionary from peers that have it (BEP 9), of whom any may lie. Time is handed in; knows no connection.
import { createHash } from "node:crypto";
import { hexOf } from "../hex.ts";
import { MAX_METADATA_BYTES } from "./handshake.ts";
import { partBytes, partCount, METADATA_PART_BYTES, type MetadataMessage } from "./metadata.ts";

/** Requests to one peer that are not answered yet. */
const MAX_OUTSTANDING = 4;
/** Who has not answered in this time, or has rejected, is passed over for as long. */
const TIMEOUT_MS = 10_000;
const PAUSE_MS = 30_000;
/** Who is slow on purpose does not keep us longer from asking others. */
const TURN_MS = 120_000;

interface Source {
  /** What it says that the metadata has. */
  totalBytes: number;
  readonly asked: Map<number, number>;
  pausedUntilMs: number;
}

interface Part<Id> {
  readonly bytes: Uint8Array;
  readonly sender: Id;
}

export interface MetadataRequest<Id> {
  readonly peer: Id;
  readonly part: number;
}

/**
 * At first all who say the same length are asked for different parts. If what comes together has another hash, nobody knows
 * who has lied; so from then on one peer alone is asked for everything, then the next: whoever's metadata is false then has
 * sent it all, and is not asked again.
 */
export class MetadataFetch<Id> {
  readonly #infoHash: string;
  readonly #sources = new Map<Id, Source>();
  readonly #liars = new Set<Id>();
  readonly #parts = new Map<number, Part<Id>>();
  /** The length that is being tried. */
  #totalBytes = 0;
  /** Somebody has lied: one at a time from now on. */
  #isAlone = false;
  /** Whose turn it is then. */
  #only: Id | undefined;
  /** When what is being tried was begun. */
  #begunMs = -Infinity;
  #metadata: Uint8Array | undefined;

  constructor(infoHash: Uint8Array) {
    this.#infoHash = hexOf(infoHash);
  }

  /** What it was for, verified; undefined until then. */
  get metadata(): Uint8Array | undefined {
    return this.#metadata;
  }

  /** From 0 to 1, of what is being tried. */
  get progress(): number {
    if (this.#metadata !== undefined) return 1;
    return this.#totalBytes === 0 ? 0 : this.#parts.size / partCount(this.#totalBytes);
  }

  /** A peer says that it has metadata of this length. */
  offered(peer: Id, totalBytes: number): void {
    if (totalBytes < 1 || totalBytes > MAX_METADATA_BYTES || this.#liars.has(peer)) return;
    const known = this.#sources.get(peer);
    if (known === undefined)
      this.#sources.set(peer, { totalBytes, asked: new Map(), pausedUntilMs: -Infinity });
    else known.totalBytes = totalBytes;
  }

  /** It is gone. */
  left(peer: Id): void {
    this.#sources.delete(peer);
    if (this.#only === peer) this.#begin(undefined);
  }

  /** What to ask now, of whom. To be called when something has changed, and every few seconds. */
  requests(nowMs: number): MetadataRequest<Id>[] {
    if (this.#metadata !== undefined) return [];
    this.#timeOut(nowMs);
    const ready = [...this.#sources].filter(([, source]) => source.pausedUntilMs <= nowMs);
    this.#choose(ready, nowMs);
    const requests: MetadataRequest<Id>[] = [];
    const isFree = this.#freeParts();
    for (const [peer, source] of ready) {
      if (source.totalBytes !== this.#totalBytes || (this.#isAlone && peer !== this.#only)) continue;
      for (const part of isFree) {
        if (source.asked.size >= MAX_OUTSTANDING) break;
        isFree.delete(part);
        source.asked.set(part, nowMs);
        requests.push({ peer, part });
      }
    }
    return requests;
  }

  /**
   * A peer has answered; what was not asked of it is ignored.
   * @returns who has lied for certain, and has told us nothing but lies.
   */
  received(peer: Id, message: MetadataMessage, nowMs: number): Id[] {
    const source = this.#sources.get(peer);
    if (source === undefined || message.type === "request" || !source.asked.delete(message.part)) return [];
    if (message.type !== "data") {
      this.#pause(peer, source, nowMs);
      return [];
    }
    if (source.totalBytes !== this.#totalBytes || this.#parts.has(message.part)) return [];
    if (message.bytes.length !== partBytes(this.#totalBytes, message.part)) return this.#found(peer);
    this.#parts.set(message.part, { bytes: message.bytes.slice(), sender: peer });
    return this.#parts.size === partCount(this.#totalBytes) ? this.#verify() : [];
  }

  /** Whom to ask, and for how much: goes on with what has been begun, unless that leads nowhere. */
  #choose(ready: readonly (readonly [Id, Source])[], nowMs: number): void {
    const isLate = nowMs - this.#begunMs >= TURN_MS && this.#totalBytes > 0;
    const isAsked = ([peer, source]: readonly [Id, Source]): boolean =>
      this.#isAlone ? peer === this.#only : source.totalBytes === this.#totalBytes;
    if (ready.some(isAsked) && !(isLate && ready.some((each) => !isAsked(each)))) return;
    if (ready.length === 0) return;
    const next = ready.find((each) => !isAsked(each)) ?? ready[0];
    this.#isAlone ||= isLate;
    this.#begin(this.#isAlone ? next : undefined);
    if (!this.#isAlone) this.#totalBytes = mostCommon(ready);
    this.#begunMs = nowMs;
  }

  #verify(): Id[] {
    const metadata = new Uint8Array(this.#totalBytes);
    for (const [part, { bytes }] of this.#parts) metadata.set(bytes, part * METADATA_PART_BYTES);
    const senders = new Set(Array.from(this.#parts.values(), ({ sender }) => sender));
    if (createHash("sha1").update(metadata).digest("hex") === this.#infoHash) {
      this.#metadata = metadata;
      this.#parts.clear();
      return [];
    }
    this.#isAlone = true;
    this.#begin(undefined);
    const [liar] = senders;
    return senders.size === 1 && liar !== undefined ? this.#found(liar) : [];
  }

  #found(liar: Id): Id[] {
    this.#liars.add(liar);
    this.left(liar);
    return [liar];
  }

  /** From the beginning; with this one alone, if there is one. What others have been asked for before is not waited for. */
  #begin(first: readonly [Id, Source] | undefined): void {
    this.#parts.clear();
    for (const { asked } of this.#sources.values()) asked.clear();
    this.#only = first?.[0];
    this.#totalBytes = first?.[1].totalBytes ?? 0;
  }

  #pause(peer: Id, source: Source, nowMs: number): void {
    source.pausedUntilMs = nowMs + PAUSE_MS;
    source.asked.clear();
    // Behind all others.
    this.#sources.delete(peer);
    this.#sources.set(peer, source);
    if (this.#only === peer) this.#begin(undefined);
  }

  #timeOut(nowMs: number): void {
    for (const [peer, source] of this.#sources)
      if ([...source.asked.values()].some((askedAtMs) => nowMs - askedAtMs >= TIMEOUT_MS))
        this.#pause(peer, source, nowMs);
  }

  /** Neither there nor asked for. */
  #freeParts(): Set<number> {
    const free = new Set<number>();
    for (let part = 0; part < partCount(this.#totalBytes); part++) if (!this.#parts.has(part)) free.add(part);
    for (const { asked } of this.#sources.values()) for (const part of asked.keys()) free.delete(part);
    return free;
  }
}

/** Of equally many, the length that was offered first. */
function mostCommon(sources: readonly (readonly [unknown, Source])[]): number {
  const counts = new Map<number, number>();
  let best = 0;
  for (const [, { totalBytes }] of sources) counts.set(totalBytes, (counts.get(totalBytes) ?? 0) + 1);
  for (const [totalBytes, count] of counts) if (count > (counts.get(best) ?? 0)) best = totalBytes;
  return best;
}
