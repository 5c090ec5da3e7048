// The two sides of a sync: a folder of this machine, and one of the server. Each can list itself, and tell hashes. Decides nothing.
import { mkdir, rm, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { HashAlgorithm } from "../protocol.ts";
import { readWholeHash } from "../transfer/whole-hash.ts";
import type { Connections } from "./connections.ts";
import { isPartial, openSource } from "./local-file.ts";
import { RefusedError } from "./refused-error.ts";
import { scanInside } from "./scan.ts";
import type { Item, Tree } from "./sync-plan.ts";
import { walk } from "./walk.ts";

/** Paths are those below its root. */
export interface Side {
  list(skipped: (path: string, why: string) => void): Promise<Tree>;
  /** The hash of a whole file. */
  hash(path: string, algorithm: HashAlgorithm): Promise<string>;
  makeFolder(path: string, item: Item): Promise<void>;
  /** A file, or a folder with all that is in it. */
  remove(path: string, tree: Tree): Promise<void>;
}

export function localSide(root: string): Side {
  const at = (path: string): string => join(root, path);
  return {
    async list(skipped) {
      const tree = new Map<string, Item>();
      for await (const found of scanInside(root)) {
        if (found.kind === "skipped") skipped(found.local, found.why);
        else if (!isPartial(found.path)) tree.set(found.path, found);
      }
      return tree;
    },
    async hash(path, algorithm) {
      const source = openSource(at(path));
      try {
        return await readWholeHash(algorithm, source);
      } finally {
        await source.close();
      }
    },
    async makeFolder(path) {
      await mkdir(at(path), { recursive: true });
    },
    async remove(path, tree) {
      if (tree.get(path)?.kind === "file") return unlink(at(path));
      // Only what was listed: a link in it, say, stays, and so do the folders on the way to it.
      const inside = Array.from(tree).filter(([other]) => other.startsWith(`${path}/`));
      for (const [other, { kind }] of inside) if (kind === "file") await rm(at(other), { force: true });
      for (const [other, { kind }] of inside.toReversed()) if (kind === "folder") await rmdir(at(other));
      await rmdir(at(path));
    },
  };
}

export function remoteSide(connections: Connections, root: string): Side {
  const at = (path: string): string => (root === "" ? path : `${root}/${path}`);
  return {
    async list() {
      const tree = new Map<string, Item>();
      const prefixLength = at("").length;
      for await (const entry of walk(connections, root))
        if (entry.path !== root) tree.set(entry.path.slice(prefixLength), entry);
      return tree;
    },
    async hash(path, algorithm) {
      const { hash } = await connections.ask<"stat">({ type: "stat", path: at(path), hash: algorithm });
      return hash ?? "";
    },
    async makeFolder(path, { mtimeMs, mode }) {
      await connections.ask({ type: "makeFolder", path: at(path), mtimeMs, mode });
    },
    async remove(path) {
      try {
        await connections.ask({ type: "remove", path: at(path), recursive: true });
      } catch (error) {
        // It is gone: by somebody else, or by us, when the connection was lost after it.
        if (!(error instanceof RefusedError) || error.code !== "not-found") throw error;
      }
    },
  };
}

/** What is in a folder of the server that may not be there yet. */
export async function listOrNothing(side: Side, skipped: (path: string, why: string) => void): Promise<Tree> {
  try {
    return await side.list(skipped);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === "not-found" || code === "ENOENT") return new Map();
    throw error;
  }
}
