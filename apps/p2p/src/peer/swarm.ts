// One torrent, and all with whom it is shared: what each says is heeded, and what each is told. Dials nobody, knows no disk.
import { every, ProtocolError, type Clock, type Random, type Timer } from "@socketlab/core";
import type { Dht } from "../discovery/discovery.ts";
import type { PeerAddress } from "../engine/address-book.ts";
import { Picker } from "../engine/picker.ts";
import { BLOCK_BYTES, type PeerMessage } from "../protocol.ts";
import { pieceBytes, type Info } from "../torrent/info.ts";
import { Choking } from "./choking.ts";
import type { Content } from "./content.ts";
import { Conversation, type Limits, type PeerSocket } from "./conversation.ts";
import { Downloads } from "./downloads.ts";
import { Extensions } from "./extensions.ts";
import type { Greeting } from "./greeting.ts";
import { Interest } from "./interest.ts";
import { Uploads } from "./uploads.ts";

const TICK_MS = 1000;
/** Of pieces that are begun and not yet on the disk, however many peers there are; one at least. */
const MOST_BEGUN_BYTES: number = 64 * 1024 * 1024;
/** In the end game nobody is waited for so long: several who promise and send nothing must not keep the rest of it. */
const STALLED_MS = 10_000;
/** BEP 6: pieces that may be asked for while choked; nobody names more. */
const MOST_ALLOWED_FAST = 64;

export interface SwarmOptions {
  readonly info: Info;
  readonly content: Content;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
  /** How many may be unchoked at a time. */
  readonly slots?: number | undefined;
  readonly sequential?: boolean | undefined;
  /** Where this peer listens, to be told to others. */
  readonly port?: number | undefined;
  /** Our node of the DHT, which peers tell of theirs (BEP 5); none for a private torrent. */
  readonly dht?: Pick<Dht, "port" | "addNode"> | undefined;
  /** A peer has told of others (BEP 11). */
  readonly onPeers?: (addresses: readonly PeerAddress[], teller: string) => void;
  /** A peer has said where it listens, or from where it sees us come. */
  readonly onIntroduced?: (peer: Conversation) => void;
  /** Neither of us wants anything of the other any more: the conversation is about to end. */
  readonly onUseless?: (peer: Conversation) => void;
  /** Whoever speaks from there has sent something false, for certain. */
  readonly onLiar?: (host: string) => void;
  /** Everything that is wanted is there. Called once, at once if it is so from the first. */
  readonly onDone?: () => void;
  /** The place where pieces are kept has failed: nothing more can be taken. */
  readonly onFailed?: (error: Error) => void;
  /** Somebody has asked for something of ours that cannot be read. */
  readonly onUnreadable?: (error: Error) => void;
}

export class Swarm {
  readonly info: Info;
  readonly conversations: Set<Conversation> = new Set();
  readonly picker: Picker<Conversation>;
  readonly downloads: Downloads;
  readonly uploads: Uploads;
  readonly #options: SwarmOptions;
  readonly #clock: Clock;
  readonly #interest: Interest;
  readonly #choking: Choking;
  readonly #extensions: Extensions;
  readonly #ticks: Timer;

  constructor(options: SwarmOptions) {
    const { info, content, clock, random, limits, slots, sequential } = options;
    this.#options = options;
    this.info = info;
    this.#clock = clock;
    this.picker = new Picker({
      pieces: info.pieceCount,
      blocksOf: (piece) => Math.ceil(pieceBytes(info, piece) / BLOCK_BYTES),
      have: content.verified,
      wanted: content.wanted,
      random,
      dueInMs: (peer, more) => peer.dueInMs(more, clock.now()),
      maxPartials: Math.max(1, Math.floor(MOST_BEGUN_BYTES / info.pieceLength)),
      onGivenUp: (piece) => this.downloads.giveUp(piece),
      ...(sequential !== undefined && { sequential }),
    });
    this.downloads = new Downloads(info, content, this.picker, limits.download, this, clock);
    this.uploads = new Uploads(info, content, limits.upload, this, clock, random);
    const { conversations, picker, uploads } = this;
    this.#interest = new Interest(picker, info.pieceCount, {
      onInteresting: (peer) => this.downloads.ask(peer),
      onUseless: options.onUseless,
    });
    this.#choking = new Choking({ info, conversations, picker, uploads, clock, random, slots });
    this.#extensions = new Extensions(info, this, clock);
    this.#ticks = every(clock, TICK_MS, () => this.#tick());
    if (this.picker.isDone) options.onDone?.();
  }

  /** Everything that is wanted is there. */
  get isDone(): boolean {
    return this.picker.isDone;
  }

  get infoHash(): Uint8Array {
    return this.info.infoHash;
  }

  /** @internal */
  get port(): number | undefined {
    return this.#options.port;
  }

  /** @internal */
  connected(): Iterable<Conversation> {
    return this.conversations;
  }

  /** Talks with a peer that has been greeted, until the conversation is over. @throws what ended it. */
  async talk(socket: PeerSocket, greeting: Greeting): Promise<void> {
    const peer = new Conversation(socket, greeting, this.#options.limits, this.#clock.now());
    this.conversations.add(peer);
    this.picker.join(peer);
    this.#interest.introduce(peer);
    this.#extensions.introduce(peer);
    const { dht } = this.#options;
    if (dht !== undefined && greeting.hasDht) peer.say({ type: "port", port: dht.port });
    try {
      for await (const message of socket) {
        peer.heardMs = this.#clock.now();
        const underWay = this.#heed(peer, message);
        if (underWay !== undefined) await underWay;
      }
    } finally {
      peer.isOpen = false;
      this.conversations.delete(peer);
      this.downloads.forget(peer);
      this.picker.leave(peer);
      this.uploads.forget(peer);
      this.#choking.fillSlots();
      this.#askAll();
    }
  }

  close(): void {
    this.#ticks.clear();
    this.uploads.close();
  }

  /** @internal */
  onPiece(piece: number): void {
    for (const peer of this.conversations) this.#interest.tell(peer, piece);
    if (!this.picker.isDone) return;
    this.#options.onDone?.();
    for (const peer of this.conversations) {
      // BEP 21: we want nothing any more.
      this.#extensions.introduce(peer);
      this.#interest.leaveIfUseless(peer);
    }
  }

  /** A piece that was verified is no longer there. @param isWanted whether it is fetched again. */
  lost(piece: number, isWanted: boolean): void {
    this.picker.lost(piece, isWanted);
    for (const peer of this.conversations) {
      if (!peer.untold.delete(piece)) this.#extensions.dontHave(peer, piece);
      this.#interest.show(peer);
    }
  }

  /** @internal */
  onBadPiece(): void {
    this.#askAll();
  }

  /** @internal */
  onLiar(host: string): void {
    this.#options.onLiar?.(host);
    for (const peer of this.conversations)
      if (peer.socket.remote.host === host)
        peer.socket.abort(new ProtocolError("false-block", "it has sent a block that is not the torrent's"));
  }

  /** @internal */
  onPeers(addresses: readonly PeerAddress[], teller: string): void {
    this.#options.onPeers?.(addresses, teller);
  }

  /** @internal */
  onIntroduced(peer: Conversation): void {
    this.#options.onIntroduced?.(peer);
    this.#interest.leaveIfUseless(peer);
  }

  /** @internal */
  onDontHave(peer: Conversation, piece: number): void {
    this.#interest.hasLost(peer, piece);
  }

  /** @internal */
  onFailed(error: Error): void {
    this.#options.onFailed?.(error);
  }

  /** @internal */
  onUnreadable(error: Error): void {
    this.#options.onUnreadable?.(error);
  }

  #heed(peer: Conversation, message: PeerMessage): Promise<void> | undefined {
    switch (message.type) {
      case "piece":
        return this.#receive(peer, message);
      case "request":
        this.uploads.request(peer, message);
        break;
      case "cancel":
        this.uploads.cancel(peer, message);
        break;
      case "have":
        this.#interest.has(peer, message.piece);
        break;
      case "choke":
        peer.isChoking = true;
        // With BEP 6 each request is refused by itself.
        if (peer.greeting.isFast) break;
        this.downloads.forget(peer);
        this.#askAll();
        break;
      case "unchoke":
        peer.isChoking = false;
        this.downloads.ask(peer);
        break;
      case "interested":
        peer.isInterested = true;
        this.#choking.fillSlots();
        break;
      case "notInterested":
        peer.isInterested = false;
        peer.tellUntold();
        this.#choking.fillSlots();
        break;
      case "bitfield":
        this.#interest.hasThese(peer, message.bits);
        break;
      case "haveAll":
        this.#interest.hasAll(peer);
        break;
      case "reject":
        // It refuses what we have cancelled, too.
        if (this.downloads.rejected(peer, message.piece, message.begin)) this.#askAll();
        break;
      case "allowedFast":
        if (message.piece < this.info.pieceCount && peer.allowedFast.size < MOST_ALLOWED_FAST)
          peer.allowedFast.add(message.piece);
        this.downloads.ask(peer);
        break;
      case "handshake":
        return peer.refuse("second-handshake", "a second handshake was sent");
      case "extended":
        this.#extensions.receive(peer, message.extension, message.payload);
        break;
      case "port":
        this.#addNode(peer, message.port);
        break;
      case "haveNone":
      case "suggest":
      case "keepAlive":
        break;
    }
    return undefined;
  }

  async #receive(
    peer: Conversation,
    { piece, begin, block }: PeerMessage & { type: "piece" },
  ): Promise<void> {
    await this.downloads.receive(peer, piece, begin, block);
    this.downloads.ask(peer);
  }

  /** Once for each conversation: nobody makes us ask at all its ports. */
  #addNode(peer: Conversation, port: number): void {
    if (port > 0 && !peer.hasNamedNode) this.#options.dht?.addNode({ host: peer.socket.remote.host, port });
    peer.hasNamedNode = true;
  }

  /** Something is to be asked for anew: whoever can be asked for more is. */
  #askAll(): void {
    for (const peer of this.conversations) this.downloads.ask(peer);
  }

  #tick(): void {
    const nowMs = this.#clock.now();
    const { isInEndGame } = this.picker;
    for (const peer of this.conversations) {
      peer.tick(nowMs);
      if (peer.isSnubbing(nowMs) || (isInEndGame && peer.owesForMs(nowMs) > STALLED_MS))
        this.downloads.doubt(peer);
    }
    this.#extensions.exchangePeers();
    // What others owe may be late by now, without anything having come that would tell.
    for (const peer of this.conversations) if (peer.asked.size === 0) this.downloads.ask(peer);
    this.#choking.tick(nowMs);
  }
}
