// Holds the folder store to the contract of stores: with folders that are held, and as on systems where they cannot be.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFolderStore, type FolderStoreOptions } from "../src/server/folder-store.ts";
import { storeContract } from "./contract/store.ts";

const variants: [string, FolderStoreOptions][] = [
  ["a folder", {}],
  ["a folder that cannot be held", { canHold: false }],
];
for (const [name, variant] of variants)
  storeContract(name, () => {
    const folder = mkdtempSync(join(tmpdir(), "file-transfer-store-"));
    return {
      open: (options) => openFolderStore(folder, { ...variant, ...options }),
      discard: () => rmSync(folder, { recursive: true, force: true }),
    };
  });
