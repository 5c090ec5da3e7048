// Peers of this app in a network inside this process, in virtual time: who joins, who leaves. Measures nothing.
import {
  ProtocolError,
  seededRandom,
  VirtualClock,
  VirtualNetwork,
  type PathFaults,
  type Random,
} from "@socketlab/core";
import { AddressBook, type PeerAddress } from "../engine/address-book.ts";
import { RateLimit } from "../engine/rate-limit.ts";
import type { Content } from "../peer/content.ts";
import { Dialer } from "../peer/dialer.ts";
import { Peer } from "../peer/peer.ts";
import { placesOf } from "../peer/places.ts";
import { Swarm } from "../peer/swarm.ts";
import type { Info } from "../torrent/info.ts";

const PORT = 6881;

export interface SceneOptions {
  readonly info: Info;
  /** The same seed and the same calls give the same run. */
  readonly seed: number;
  readonly faults?: PathFaults | undefined;
  /** Of how many others a peer that joins is told, as by a tracker. */
  readonly degree: number;
  /** How many may be unchoked at a time. Default: the app's own. */
  readonly slots?: number | undefined;
}

export interface Member {
  /** Where it listens, and speaks from. */
  readonly address: PeerAddress;
  readonly content: Content;
  readonly peer: Peer;
  readonly swarm: Swarm;
  readonly dialer: Dialer;
}

export interface Newcomer {
  readonly content: Content;
  /** Bytes a second. */
  readonly uploadRate: number;
  readonly downloadRate?: number;
  /** How many it lets ask at a time; 0: it gives nothing. Default: as all. */
  readonly slots?: number | undefined;
  /** Where it was before. Default: where nobody has been. */
  readonly address?: PeerAddress;
  readonly onDone?: () => void;
}

export class Scene implements AsyncDisposable {
  readonly clock: VirtualClock = new VirtualClock();
  readonly network: VirtualNetwork;
  readonly random: Random;
  /** Who is here now. */
  readonly members: Set<Member> = new Set();
  /** Listens here without being a peer of ours: newcomers are told of it, too. */
  readonly strangers: Set<PeerAddress> = new Set();
  /** Whoever was hung up on because it broke the rules. */
  readonly refusals: ProtocolError[] = [];
  readonly #options: SceneOptions;
  #joined = 0;
  #addresses = 0;

  constructor(options: SceneOptions) {
    const { seed, faults = {} } = options;
    this.#options = options;
    this.network = new VirtualNetwork({ clock: this.clock, seed, faults });
    this.random = seededRandom(seed);
  }

  /** It listens, and dials some of those who are here already. */
  async join({ content, uploadRate, downloadRate, slots, address, onDone }: Newcomer): Promise<Member> {
    const { info } = this.#options;
    const { clock, network, random } = this;
    const { host, port } = address ?? this.newAddress();
    const peerId = Buffer.from(`-SL0000-${String(this.#joined++).padStart(12, "0")}`);
    const onEnded = (_socket: unknown, error: Error | undefined): void => {
      if (error instanceof ProtocolError) this.refusals.push(error);
    };
    const peer = new Peer({ peerId, network, onEnded });
    const book = new AddressBook({ random, isSeeding: () => swarm.isDone });
    const swarm: Swarm = new Swarm({
      info,
      content,
      clock,
      random,
      limits: {
        upload: new RateLimit(uploadRate),
        download: new RateLimit(downloadRate),
        uploadPerPeer: Infinity,
        downloadPerPeer: Infinity,
      },
      slots: slots ?? this.#options.slots,
      onUseless: ({ socket }) => book.isSeed(socket.remote),
      ...(onDone !== undefined && { onDone }),
    });
    peer.add(swarm);
    await peer.listen({ transport: "tcp", host, port, path: "" });
    const dialer = new Dialer({ peer, talker: swarm, book, clock, places: placesOf(peer.endpoints) });
    for (const other of this.#someOf(this.#options.degree)) book.add(other, "tracker");
    const member: Member = { address: { host, port }, content, peer, swarm, dialer };
    this.members.add(member);
    dialer.dial();
    return member;
  }

  /** It hangs up on all, at once; settles, if time passes, when it is gone. */
  async leave(member: Member): Promise<void> {
    this.members.delete(member);
    member.dialer.close();
    member.swarm.close();
    await member.peer[Symbol.asyncDispose]();
  }

  /** One that nobody has had. */
  newAddress(): PeerAddress {
    const n = this.#addresses++;
    return { host: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, port: PORT };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clock.run(Promise.all([...this.members].map((member) => this.leave(member))));
  }

  #someOf(count: number): PeerAddress[] {
    const others = [...this.members].map(({ address }) => address).concat(...this.strangers);
    const chosen: PeerAddress[] = [];
    while (chosen.length < count && others.length > 0)
      chosen.push(...others.splice(Math.floor(this.random() * others.length), 1));
    return chosen;
  }
}
