// Opens what keeps the files, as `--folder` or `--store` says. Knows no conversation.
import { mkdirSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ClosedError, UsageError } from "@socketlab/core";
import type { Logger } from "@socketlab/core/server-kit";
import { StoreError, type Store } from "./store.ts";
import type { StoreLimits } from "./usage.ts";

/** In the app's folder, wherever the server is started. */
const defaultFolder = fileURLToPath(new URL("../../.socketlab/files", import.meta.url));

export interface OpenedStore {
  readonly store: Store;
  /** Where the files are, for people. */
  readonly place: string;
}

/**
 * @param where one of the two at most.
 * @throws UsageError when there is no such store, or it cannot be used; ClosedError `store-unreachable`.
 */
export async function openStore(
  where: { readonly folder: string | undefined; readonly store: string | undefined },
  options: { readonly limits: Partial<StoreLimits>; readonly keepMs?: number; readonly log: Logger },
): Promise<OpenedStore> {
  if (where.store !== undefined) {
    if (where.folder !== undefined)
      throw new UsageError(
        "bad-flag",
        "--folder and --store are two places, and a server has one: give either",
      );
    return openShared(where.store, options);
  }
  const { folder = defaultFolder } = where;
  // One that was named and is not there is a slip; ours is simply not there the first time.
  if (folder === defaultFolder) mkdirSync(folder, { recursive: true });
  const { openFolderStore } = await import("./folder-store.ts");
  return { store: await openFolderStore(folder, options), place: shown(folder) };
}

/** As a person would write it, from where the server was started. */
function shown(folder: string): string {
  const path = relative("", folder) || ".";
  return path.startsWith("..") ? folder : path;
}

async function openShared(
  url: string,
  options: { readonly limits: Partial<StoreLimits>; readonly keepMs?: number; readonly log: Logger },
): Promise<OpenedStore> {
  if (!url.startsWith("nats://"))
    throw new UsageError(
      "bad-flag",
      `--store: there is no store ${url}; there is nats://HOST:PORT, and a folder is served with --folder DIR`,
    );
  // Only what is asked for is loaded.
  const { parseBrokerUrl } = await import("@socketlab/nats-kit");
  const { openNatsStore } = await import("./nats-store.ts");
  try {
    return { store: await openNatsStore(url, options), place: parseBrokerUrl(url).shown };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ClosedError("store-unreachable", error.message, { cause: error });
  }
}
