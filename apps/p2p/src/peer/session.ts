// One torrent that this process takes part in: its swarm, its content on disk, and who is found. Prints nothing.
import { hash } from "node:crypto";
import { realClock } from "@socketlab/core";
import type { Discoveries } from "../discovery/discovery.ts";
import type { PeerAddress } from "../engine/address-book.ts";
import { ReadAhead } from "../storage/read-ahead.ts";
import type { Storage } from "../storage/storage.ts";
import { pieceBytes, type Info, type Metainfo } from "../torrent/info.ts";
import type { Progress } from "../tracker/client/announcer.ts";
import type { Content } from "./content.ts";
import type { Conversation, Limits } from "./conversation.ts";
import { Finder } from "./finder.ts";
import type { Peer } from "./peer.ts";
import { Swarm } from "./swarm.ts";

export interface SessionOptions {
  readonly peer: Peer;
  readonly metainfo: Pick<Metainfo, "info" | "trackers">;
  readonly storage: Storage;
  readonly limits: Limits;
  readonly slots?: number | undefined;
  readonly sequential?: boolean | undefined;
  /** Others that are known from the first. */
  readonly peers?: readonly PeerAddress[] | undefined;
  /** Where to look beside trackers, for a torrent that is not private. */
  readonly discoveries?: Discoveries | undefined;
  /** Hosts of those who have lied before: nobody talks with them. */
  readonly liars?: readonly string[] | undefined;
  readonly onTrackerFailed?: ((url: string, error: Error) => void) | undefined;
  /** What others have asked for cannot be read: told once for each reason. */
  readonly onUnreadable?: ((error: Error) => void) | undefined;
}

export class Session implements AsyncDisposable {
  readonly swarm: Swarm;
  /** Settles when all that is wanted is there; rejects when the disk fails. */
  readonly done: Promise<void>;
  readonly #options: SessionOptions;
  readonly #finder: Finder;
  readonly #ahead: ReadAhead;
  /** Why something could not be read, as far as it has been told. */
  readonly #toldReasons = new Set<string>();

  constructor(options: SessionOptions) {
    const {
      peer,
      metainfo,
      storage,
      limits,
      slots,
      sequential,
      peers,
      liars = [],
      onTrackerFailed,
    } = options;
    const { info, trackers } = metainfo;
    // BEP 27: of a private torrent its trackers alone know.
    const discoveries = info.isPrivate ? {} : options.discoveries;
    this.#options = options;
    this.#ahead = new ReadAhead(
      (piece, begin, length) => storage.readBlock(piece, begin, length),
      (piece) => pieceBytes(info, piece),
    );
    storage.onLost = (piece) => {
      this.#ahead.forget(piece);
      this.swarm.lost(piece, !storage.isReadOnly);
    };
    const done = Promise.withResolvers<void>();
    this.done = done.promise;
    // Whoever does not wait for it has seen it in another way.
    done.promise.catch(() => {});
    this.swarm = new Swarm({
      info,
      content: contentOf(storage, info, this.#ahead),
      clock: realClock,
      random: Math.random,
      limits,
      slots,
      sequential,
      port: peer.endpoints[0]?.port,
      dht: discoveries?.dht,
      onDone: () => done.resolve(),
      onFailed: (error) => done.reject(error),
      onUnreadable: (error) => this.#unreadable(error),
      onPeers: (addresses, teller) => this.#finder.found(addresses, "pex", teller),
      onIntroduced: (conversation) => this.#introduced(conversation),
      onUseless: ({ socket }) => this.#finder.book.isSeed(socket.remote),
      onLiar: (host) => void this.#finder.book.ban(host),
    });
    this.#finder = new Finder({
      peer,
      clock: realClock,
      talker: this.swarm,
      isPrivate: info.isPrivate,
      trackers,
      discoveries,
      isSeeding: () => this.swarm.isDone,
      progress: () => this.#progress(),
      peers,
      onTrackerFailed,
    });
    for (const host of liars) this.#finder.book.ban(host);
  }

  start(): void {
    this.#finder.start();
    if (!this.swarm.isDone)
      void this.done.then(
        () => this.#finder.completed(),
        () => {},
      );
  }

  /** Tells the trackers that we leave; peer and storage are the caller's. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.swarm.close();
    await this.#finder.close();
  }

  /** Bytes of the content, since `start`. */
  get moved(): { readonly uploaded: number; readonly downloaded: number } {
    return { uploaded: this.swarm.uploads.sent, downloaded: this.swarm.downloads.received };
  }

  /** Bytes that are wanted and not there. */
  get left(): number {
    const { metainfo, storage } = this.#options;
    let left = 0;
    for (const piece of storage.wanted)
      if (!storage.verified.has(piece)) left += pieceBytes(metainfo.info, piece);
    return left;
  }

  /** For trackers, all that is not there is left, wanted or not: whoever says that nothing is counts as a seed. */
  #progress(): Progress {
    const { metainfo, storage } = this.#options;
    let left = metainfo.info.length;
    for (const piece of storage.verified) left -= pieceBytes(metainfo.info, piece);
    return { ...this.moved, left, isPaused: this.swarm.isDone && left > 0 };
  }

  /** A piece that has just been changed is no surprise: `lost` has said so. */
  #unreadable(error: Error): void {
    const { code = error.name } = error as { code?: string };
    if (code === "not-there" || this.#toldReasons.has(code)) return;
    this.#toldReasons.add(code);
    this.#options.onUnreadable?.(error);
  }

  #introduced({ socket, introduction }: Conversation): void {
    const { remote, role } = socket;
    const { port, yourHost } = introduction;
    if (role === "server" && port !== undefined) this.#finder.book.listensAt(remote, port, realClock.now());
    const ownPort = this.#options.peer.endpoints[0]?.port;
    if (yourHost !== undefined && ownPort !== undefined)
      this.#finder.book.seenAs({ host: yourHost, port: ownPort });
  }
}

function contentOf(storage: Storage, { hashes }: Info, ahead: ReadAhead): Content {
  return {
    verified: storage.verified,
    wanted: storage.wanted,
    readBlock: (piece, begin, length) => ahead.readBlock(piece, begin, length),
    matches: (piece, bytes) =>
      Buffer.compare(hash(hashes.algorithm, bytes, "buffer"), hashes.of(piece)) === 0,
    writePiece: (piece, bytes) => storage.writePiece(piece, bytes),
  };
}
