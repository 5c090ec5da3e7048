// The two sides of put, get and sync: folders of this machine, and of the server. Each lists what it has, and tells hashes.
// Decides nothing.
import { lstatSync, statSync, type Stats } from "node:fs";
import { rm, rmdir, unlink } from "node:fs/promises";
import { makeFolder } from "@socketlab/disk-kit";
import type { HashAlgorithm } from "../protocol.ts";
import { readWholeHash } from "../transfer/whole-hash.ts";
import type { Connections } from "./connections.ts";
import { isPartial, openSource } from "./local-file.ts";
import { RefusedError } from "./refused-error.ts";
import { scanInside, type Found } from "./scan.ts";
import type { Item, Tree } from "./sync-plan.ts";
import { walk } from "./walk.ts";

export interface Side {
  /** The hash of a whole file. */
  hash(path: string, algorithm: HashAlgorithm): Promise<string>;
  makeFolder(path: string, item: Item): Promise<void>;
  /** A file, or a folder with all that is in it. */
  remove(path: string, tree: Tree): Promise<void>;
}

/** @param at where a path is here. */
export function localSide(at: (path: string) => string): Side {
  return {
    async hash(path, algorithm) {
      const source = openSource(at(path));
      try {
        return await readWholeHash(algorithm, source);
      } finally {
        await source.close();
      }
    },
    async makeFolder(path) {
      makeFolder(at(path));
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

/** @param at what a path is called there. */
export function remoteSide(connections: Connections, at: (path: string) => string): Side {
  return {
    async hash(path, algorithm) {
      const { hash } = await connections.ask<"stat">({ type: "stat", path: at(path), hash: algorithm });
      connections.moved();
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

/** What is in a folder here, by its path in it. */
export async function listLocal(
  root: string,
  skipped: (path: string, why: string) => void,
): Promise<Map<string, Found>> {
  const tree = new Map<string, Found>();
  for await (const found of scanInside(root)) {
    if (found.kind === "skipped") skipped(found.local, found.why);
    else if (!isPartial(found.path)) tree.set(found.path, found);
  }
  return tree;
}

/** What is on the server at `root`, with that itself unless it is "", by its path there. */
export async function listRemote(connections: Connections, root: string): Promise<Map<string, Item>> {
  const tree = new Map<string, Item>();
  for await (const entry of walk(connections, root)) tree.set(entry.path, entry);
  return tree;
}

/** What there is here of what `source` names. */
export function lookLocal(source: Tree, at: (path: string) => string): Map<string, Item> {
  const tree = new Map<string, Item>();
  for (const [path, { kind }] of source) {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    // A folder that is not there has nothing in it.
    if (source.has(parent) && tree.get(parent)?.kind !== "folder") continue;
    const stats = lookAt(at(path), kind);
    const found = stats?.isFile() ? "file" : stats?.isDirectory() ? "folder" : undefined;
    if (stats === undefined || found === undefined) continue;
    tree.set(path, { kind: found, size: stats.size, mtimeMs: stats.mtimeMs, mode: stats.mode & 0o777 });
  }
  return tree;
}

/** A link to a folder is taken for one; one to a file is replaced. */
function lookAt(path: string, kind: Item["kind"]): Stats | undefined {
  try {
    return kind === "folder" ? statSync(path) : lstatSync(path);
  } catch {
    return undefined;
  }
}

/** What is listed, if there is anything, and it may be seen. */
export async function orNothing<Of>(listed: Promise<Map<string, Of>>): Promise<Map<string, Of>> {
  try {
    return await listed;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "not-found" || code === "not-allowed" || code === "ENOENT") return new Map();
    throw error;
  }
}
