// What keeps the files: one small interface, several answers. Knows no conversation.
import { SocketlabError } from "@socketlab/core";
import type { Entry, RefusalCode } from "../protocol.ts";
import type { Sink, Source } from "../transfer/ends.ts";

/** What a store refuses, or cannot do. `code` is one of the protocol's refusals, the message a sentence for people. */
export class StoreError extends SocketlabError {
  declare readonly code: RefusalCode;
}

export interface FileDescription {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
  /** The permission bits. */
  readonly mode: number;
}

/** A file as it was when it was opened: what is read is all of one version, or a StoreError `changed`. */
export interface OpenFile extends Source {
  readonly entry: Entry;
  /** Changes whenever the content may have changed; the same text in every process. */
  readonly version: string;
  close(): Promise<void>;
}

/** A file on its way in: nobody sees it before `finish`. Writing may throw StoreError `no-space`, `failed`. */
export interface Upload extends Sink {
  /** Syncs it, and puts it under its name in one step, in place of what was there. */
  finish(): Promise<void>;
  /** Keeps what is there for the next attempt, for a stated time. */
  suspend(): Promise<void>;
  /** Forgets it. */
  discard(): Promise<void>;
}

/** Paths are those of `parsePath`; "" is the whole. Every call may throw StoreError. */
export interface Store {
  /**
   * What is directly in a folder, in the order of the names (by their UTF-16 code units), from after the entry `after` on,
   * which need not be there any more: its path, or its name.
   */
  list(
    path: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<{ entries: Entry[]; more: boolean }>;
  stat(path: string): Promise<Entry>;
  open(path: string): Promise<OpenFile>;
  /**
   * Begins to write a file, or goes on where an attempt with the same description was suspended. Folders on the way are
   * made. @throws StoreError `busy` while somebody else writes it.
   */
  write(path: string, file: FileDescription): Promise<Upload>;
  makeFolder(path: string, folder: Partial<Omit<FileDescription, "size">>): Promise<void>;
  /** @returns how many files and folders are gone. */
  remove(path: string, options: { readonly recursive: boolean }): Promise<number>;
  close(): Promise<void>;
}
