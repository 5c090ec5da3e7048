// What a benchmark of whole commands compares: a command that moves files, and the server that it needs. Starts neither.
import type { Command } from "./account.ts";

/** One thing to be moved. All paths are absolute. */
export interface Task {
  /** The folder that it is in, its name there, and the folder that it is to arrive in. */
  readonly from: string;
  readonly name: string;
  readonly to: string;
  readonly isFolder: boolean;
  readonly bytes: number;
  /** For keys, settings and logs. */
  readonly own: string;
  /** Of 127.0.0.1, for the server. */
  readonly port: number;
}

export interface CommandSubject {
  title: string;
  /** What waits at the port. */
  serve?: (task: Task) => Command;
  /** The server takes one transfer and ends: what is timed lasts until then, and there is no warm-up. */
  servesOnce?: true;
  /** What is timed. */
  move: (task: Task) => Command;
  /** Nothing arrives: bytes go from memory to memory. */
  isEmptyHanded?: true;
}
