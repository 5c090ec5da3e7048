// Who is in the lab's swarm: addresses, places on the disk, and the command of each. Starts nothing.
import { join } from "node:path";

export interface LabSetting {
  readonly folder: string;
  readonly bytes: number;
  /** As flags say them: "192k". */
  readonly seedLimit: string;
  readonly peerLimit: string;
  /** 0: any free one. */
  readonly peerPort: number;
  readonly trackerPort: number;
}

export const PEERS = 2;
const FILE = "swarm.bin";
/** So few pieces that one can see each. */
const PIECE_LENGTH = "64k";

export class Plan {
  readonly setting: LabSetting;
  readonly file: string;
  readonly torrent: string;
  /** What is in it is thrown away when the lab begins: everybody begins with nothing. */
  readonly peersFolder: string;

  constructor(setting: LabSetting) {
    this.setting = setting;
    this.file = join(setting.folder, "seed", FILE);
    this.torrent = join(setting.folder, "swarm.torrent");
    this.peersFolder = join(setting.folder, "peers");
  }

  tracker(): string[] {
    const authority = `127.0.0.1:${this.setting.trackerPort}`;
    // Whoever is killed is forgotten soon.
    const flags = ["--interval", "30", "--log-level", "error", "--json"];
    return ["tracker", "--listen", `http://${authority}`, ...flags];
  }

  /** It makes the torrent, too. */
  seed(tracker: string, observer: string): string[] {
    const torrent = ["--output", this.torrent, "--tracker", tracker, "--piece-length", PIECE_LENGTH];
    return ["share", this.file, ...torrent, ...this.#flags(0, this.setting.seedLimit, observer), "--json"];
  }

  peer(number: number, observer: string): string[] {
    return [...this.#get(number, observer), "--json"];
  }

  /** For another terminal: one more peer, and one that is no program of ours. */
  commands(observer: string): { readonly own: string; readonly foreign: string } {
    const { peerLimit } = this.setting;
    const [ours, foreign] = [this.#get(PEERS + 1, observer), this.#folderOf(PEERS + 2)];
    const limit = `--max-upload-limit=${peerLimit.toUpperCase()}`;
    return {
      own: `npm run -s p2p -- ${ours.map(quoted).join(" ")}`,
      foreign: `aria2c --dir=${quoted(foreign)} --interface=${hostOf(PEERS + 2)} --seed-time=10 ${limit} ${quoted(this.torrent)}`,
    };
  }

  #get(number: number, observer: string): string[] {
    const to = ["--to", this.#folderOf(number), "--seed"];
    return ["get", this.torrent, ...to, ...this.#flags(number, this.setting.peerLimit, observer)];
  }

  #flags(number: number, limit: string, observer: string): string[] {
    const door = `tcp://${hostOf(number)}:${this.#portOf(number)}`;
    return ["--listen", door, "--upload-limit", limit, "--observe", observer];
  }

  #folderOf(number: number): string {
    return join(this.peersFolder, String(number));
  }

  #portOf(number: number): number {
    const { peerPort } = this.setting;
    return peerPort === 0 || hasManyLoopbackAddresses ? peerPort : peerPort + number;
  }
}

/** On Linux and Windows all of 127.0.0.0/8 is this machine (RFC 1122 §3.2.1.3); on macOS only one address is set up. */
const hasManyLoopbackAddresses = process.platform !== "darwin";

/** @param number 0: the seed. */
export function hostOf(number: number): string {
  return hasManyLoopbackAddresses ? `127.0.1.${number + 1}` : "127.0.0.1";
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
