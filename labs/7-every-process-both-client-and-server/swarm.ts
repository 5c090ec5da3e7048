// The swarm that check.ts plays: who is there, what each sends in return for what it gets. It judges nothing.

/** What a choker is told of one peer. */
export interface Seen {
  readonly name: string;
  /** In what we have. */
  readonly isInterested: boolean;
  /** What it has sent us of late. */
  readonly bytesPerSecond: number;
}

interface Peer {
  readonly name: string;
  /** What it can send; nothing: a free rider. */
  readonly rate: number;
  /** Those who give, give to those who do; of the others it tries one at times. A stranger gives nothing to begin with. */
  readonly kind: "gives" | "free rider" | "stranger" | "wants nothing";
  readonly comes: number;
  readonly leaves: number;
  /** How many rounds it may ask for. */
  granted: number;
}

const KIB = 1024;
const names = "ann bob carol dave erin frank grace heidi ivan judy karl leo mia nina".split(" ");
/** Not before them; the first four are alone until then. */
const CROWDED = 4;
/** When the stranger comes, who gives more than all others as soon as it is given something. */
export const STRANGER = 60;
export const ROUNDS = 240;
/** One who gives wants nothing for these rounds, although it goes on giving. */
const BORED = [150, 160] as const;

export class Swarm {
  readonly #peers: Peer[];
  #granted: ReadonlySet<string> = new Set();

  constructor() {
    // Names tell nothing, or a choker could learn them by heart.
    const free = names.toSorted(() => Math.random() - 0.5);
    const peer = (kind: Peer["kind"], rate: number, comes: number, leaves = Infinity): Peer => ({
      name: free.pop()!,
      rate,
      kind,
      comes,
      leaves,
      granted: 0,
    });
    this.#peers = [
      ...[500, 400, 300, 200].map((rate) => peer("gives", rate * KIB, 1)),
      peer("gives", 450 * KIB, CROWDED, 100),
      peer("stranger", 600 * KIB, STRANGER),
      peer("wants nothing", 900 * KIB, CROWDED),
      ...Array.from({ length: 6 }, () => peer("free rider", 0, CROWDED)),
    ];
  }

  /** What there is to be seen at the beginning of a round, in no order. */
  look(round: number): Seen[] {
    return this.#peers
      .filter(({ comes, leaves }) => comes <= round && round < leaves)
      .map((peer) => ({
        name: peer.name,
        isInterested: peer.kind !== "wants nothing" && !(peer === this.#peers[1] && isBored(round)),
        bytesPerSecond: Math.round(this.#gives(peer) * (0.95 + 0.1 * Math.random())),
      }))
      .toSorted(() => Math.random() - 0.5);
  }

  /** Who may ask in this round. */
  grant(chosen: readonly string[]): void {
    this.#granted = new Set(chosen);
    for (const peer of this.#peers) if (this.#granted.has(peer.name)) peer.granted++;
  }

  nameOf(kind: Peer["kind"]): string {
    return this.#peers.find((peer) => peer.kind === kind)!.name;
  }

  /** How many rounds one of a kind has been granted, on average. */
  meanOf(kind: Peer["kind"]): number {
    const these = this.#peers.filter((peer) => peer.kind === kind);
    return these.reduce((sum, { granted }) => sum + granted, 0) / these.length;
  }

  #gives({ name, rate, kind }: Peer): number {
    if (kind === "wants nothing" || this.#granted.has(name)) return rate;
    return kind === "gives" ? rate / 20 : 0;
  }
}

const isBored = (round: number): boolean => round >= BORED[0] && round < BORED[1];
