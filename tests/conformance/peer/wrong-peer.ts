// A small peer that can be wrong on purpose, in one way: the checks must catch each. Arguments: the way, its torrent, its file,
// its port. It knows just enough to fail in earnest: it gives, and gets, one torrent of one file.
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { bdecode, type BencodedDictionary } from "./bencode.ts";
import { sha1, type Part } from "./torrent.ts";
import { Wire } from "./wire.ts";
import { WrongTalk } from "./wrong-talk.ts";
import { planted, type Way } from "./wrong-ways.ts";

const [way = "", torrentFile = "", file = "", port = ""] = process.argv.slice(2);
if (way !== "nothing" && !(way in planted)) throw new Error(`${way} is no way to be wrong`);

export class WrongPeer {
  readonly way = way as Way;
  readonly id: Buffer = Buffer.from(`-XX0000-${String(process.pid).padStart(12, "0")}`);
  readonly info: Buffer;
  readonly infoHash: Buffer;
  readonly isPrivate: boolean;
  readonly pieceLength: number;
  readonly size: number;
  readonly hashes: Buffer;
  readonly have = new Set<number>();
  /** Blocks of pieces that are not whole, by piece and begin. */
  readonly arrived = new Set<string>();
  readonly content: Buffer;
  readonly talks = new Set<WrongTalk>();
  readonly #announce: string;

  constructor() {
    const bytes = readFileSync(torrentFile);
    const metainfo = bdecode(bytes).value as BencodedDictionary;
    const at = bytes.indexOf("4:infod") + 6;
    const { value, end } = bdecode(bytes, at);
    const info = value as BencodedDictionary;
    this.info = bytes.subarray(at, end);
    this.infoHash = sha1(this.info);
    this.#announce = (metainfo.get("announce") as Buffer).toString();
    this.isPrivate = info.get("private") === 1;
    this.pieceLength = info.get("piece length") as number;
    this.size = info.get("length") as number;
    this.hashes = info.get("pieces") as Buffer;
    this.content = Buffer.alloc(this.size);
    if (existsSync(file) && !this.is("begins-anew")) this.#resume();
  }

  is(fault: Way): boolean {
    return this.way === fault;
  }

  get pieceCount(): number {
    return this.hashes.length / 20;
  }

  pieceBytes(piece: number): number {
    return Math.min(this.pieceLength, this.size - piece * this.pieceLength);
  }

  bytesOf({ piece, begin, length }: Part): Buffer {
    const at = piece * this.pieceLength + begin;
    return this.content.subarray(at, at + length);
  }

  isRight(piece: number, bytes = this.bytesOf({ piece, begin: 0, length: this.pieceBytes(piece) })): boolean {
    return sha1(bytes).equals(this.hashes.subarray(piece * 20, piece * 20 + 20));
  }

  /** All its blocks have come. @returns whether they are what they should be. */
  keep(piece: number): boolean {
    if (!this.isRight(piece) && !this.is("believes")) return false;
    this.have.add(piece);
    this.write(piece);
    for (const talk of this.talks) if (!this.is("tells-early")) talk.asking.tellHave(piece);
    if (this.have.size === this.pieceCount && !this.is("says-nothing-of-it")) void this.announce("completed");
    return true;
  }

  write(piece: number): void {
    const handle = openSync(file, existsSync(file) ? "r+" : "w");
    ftruncateSync(handle, this.size);
    writeSync(
      handle,
      this.bytesOf({ piece, begin: 0, length: this.pieceBytes(piece) }),
      0,
      undefined,
      piece * this.pieceLength,
    );
    closeSync(handle);
  }

  /** How many others have it. */
  rarity(piece: number): number {
    return [...this.talks].filter((talk) => talk.asking.theirs.has(piece)).length;
  }

  async announce(event: string): Promise<number[][]> {
    const escaped = (bytes: Buffer): string => `%${bytes.toString("hex").match(/../gu)!.join("%")}`;
    const left = this.size - [...this.have].reduce((sum, piece) => sum + this.pieceBytes(piece), 0);
    const query = `info_hash=${escaped(this.infoHash)}&peer_id=${escaped(this.id)}&port=${port}&uploaded=0&downloaded=0&left=${left}&event=${event}&compact=1`;
    const response = await fetch(`${this.#announce}?${query}`);
    const answer = bdecode(Buffer.from(await response.arrayBuffer())).value as BencodedDictionary;
    const peers = [...(answer.get("peers") as Buffer)];
    return Array.from({ length: peers.length / 6 }, (_, n) => peers.slice(n * 6, n * 6 + 6));
  }

  async start(): Promise<void> {
    createServer((socket) => WrongTalk.begin(this, new Wire(socket, 10_000), false)).listen(
      Number(port),
      "127.0.0.1",
    );
    process.on("SIGTERM", () => void this.announce("stopped").finally(() => process.exit(0)));
    for (const [a, b, c, d, high = 0, low = 0] of await this.announce("started")) {
      if (this.is("dials-nobody")) continue;
      const wire = await Wire.dial([a, b, c, d].join("."), high * 256 + low, 5000, "127.0.0.1");
      WrongTalk.begin(this, wire, true);
    }
  }

  #resume(): void {
    const there = readFileSync(file);
    there.copy(this.content);
    for (let piece = 0; piece < this.pieceCount; piece++)
      if (this.isRight(piece) || (this.is("trusts") && there.length === this.size)) this.have.add(piece);
  }
}

await new WrongPeer().start();
