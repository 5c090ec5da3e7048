// Holds the SQLite store, in a file and in memory, to the contract of stores, and to what only a file can suffer.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../src/server/sqlite-store.ts";
import { storeContract } from "./contract/store.ts";

storeContract("SQLite in a file", { survivesClose: true, isShared: false }, () => {
  const folder = mkdtempSync(join(tmpdir(), "chat-store-"));
  return {
    open: () => openSqliteStore(join(folder, "chat.db")),
    discard: () => rmSync(folder, { recursive: true }),
  };
});

storeContract("SQLite in memory", { survivesClose: false, isShared: false }, () => ({
  open: () => openSqliteStore("memory"),
  discard: () => {},
}));
