// What a server answers to questions about files, at once: lists, looks, removes, makes folders. Transfers nothing.
import { parseName, parsePath } from "../paths.ts";
import {
  CHUNK_BYTES,
  MAX_FILE_BYTES,
  MAX_PAGE_ENTRIES,
  type FromClient,
  type FromServer,
} from "../protocol.ts";
import { readWholeHash } from "../transfer/whole-hash.ts";
import type { May } from "./gate.ts";
import { Refusal } from "./refusal.ts";
import type { Store } from "./store.ts";

export type Question = FromClient & { type: "list" | "stat" | "remove" | "makeFolder" };

type Page = Awaited<ReturnType<Store["list"]>>;

/** Of an entry in JSON, without its path. */
const ENTRY_BYTES = 128;

/** @throws Refusal, TokenError, StoreError. */
export async function answerTo(question: Question, store: Store, may: May): Promise<FromServer> {
  const { id } = question;
  switch (question.type) {
    case "list": {
      const { after } = question;
      const path = may("read", parsePath(question.path));
      const page = { limit: MAX_PAGE_ENTRIES, ...(after !== undefined && { after }) };
      return { type: "entries", id, ...fitting(await store.list(path, page)) };
    }
    case "stat": {
      const path = may("read", parsePath(question.path));
      const entry = await store.stat(path);
      if (question.hash === undefined || entry.kind !== "file") return { type: "entry", id, entry };
      const file = await store.open(path);
      try {
        assertSize(path, file.size);
        const hash = await readWholeHash(question.hash, file);
        return { type: "entry", id, entry: file.entry, hash };
      } finally {
        await file.close();
      }
    }
    case "remove": {
      const path = may("write", parseName(question.path));
      const count = await store.remove(path, { recursive: question.recursive });
      return { type: "removed", id, count };
    }
    case "makeFolder": {
      const path = may("write", parseName(question.path));
      const { mtimeMs, mode } = question;
      const given = { ...(mtimeMs !== undefined && { mtimeMs }), ...(mode !== undefined && { mode }) };
      await store.makeFolder(path, given);
      return { type: "folderMade", id };
    }
  }
}

/** @throws Refusal `too-large`. */
export function assertSize(path: string, bytes: number): void {
  if (bytes > MAX_FILE_BYTES)
    throw new Refusal(
      "too-large",
      `${path} has ${bytes} bytes, and at most ${MAX_FILE_BYTES} can be transferred`,
    );
}

/** As many of a page's entries as fit into one message, whatever their names. */
function fitting({ entries, more }: Page): Page {
  let bytes = 0;
  const count = entries.findIndex(({ path }) => {
    bytes += Buffer.byteLength(JSON.stringify(path)) + ENTRY_BYTES;
    return bytes > CHUNK_BYTES;
  });
  return count < 0 ? { entries, more } : { entries: entries.slice(0, count), more: true };
}
