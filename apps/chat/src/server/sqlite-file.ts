// Opens the SQLite file that keeps the rooms' messages, or says why not. Knows its tables, not what is asked of them.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SocketlabError } from "@socketlab/core";

/** Marks the file as ours ("chat"), and in which form it is. */
const APPLICATION_ID = 0x63686174;
const SCHEMA_VERSION = 1;

// AUTOINCREMENT: a position is not given twice, even where somebody deleted the last messages by hand.
const schema = `
  CREATE TABLE messages (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    room   TEXT NOT NULL,
    sender TEXT NOT NULL,  -- the key of the name: the same for Ann and ANN
    id     TEXT NOT NULL,
    name   TEXT NOT NULL,  -- as shown
    text   TEXT NOT NULL,
    at     REAL NOT NULL,
    UNIQUE (room, sender, id)
  ) STRICT;
  CREATE INDEX messages_by_room ON messages (room, seq);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** SQLite's result codes, of which the low byte is the kind: https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/**
 * For one process alone, which therefore hears of every message that is kept.
 *
 * @param path created if it is not there, its folder too; `:memory:` is a database in memory.
 * @throws SocketlabError `store-in-use`, `store-damaged`, `store-foreign` (another program's, or a later version's), or
 * `store-unusable` (no such folder, no permission, a full disk).
 */
export function openSqliteFile(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    database = new DatabaseSync(path);
    // The lock comes first, so that two who start at once do not both give way, and stays until the end. Nothing is
    // written before the file has proved to be ours.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    if (isNew(database, path)) database.exec(schema);
    database.exec("COMMIT");
    checkForDamage(database, path);
    // FULL: a commit is over when the disk has it. `fullfsync` makes that true of macOS, too.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON");
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof SocketlabError ? error : explain(error, path);
  }
}

function isNew(database: DatabaseSync, path: string): boolean {
  const pragma = (name: string): unknown => database.prepare(`PRAGMA ${name}`).get()?.[name];
  const application = pragma("application_id");
  const version = pragma("user_version");
  const isEmpty = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (application === 0 && isEmpty) return true;
  if (application === APPLICATION_ID && version === SCHEMA_VERSION) return false;
  const whose =
    application === APPLICATION_ID
      ? `a chat database of version ${String(version)}, and this server knows version ${SCHEMA_VERSION}`
      : "another program's database";
  throw new SocketlabError("store-foreign", `${path} is ${whose}; name another file with --store`);
}

/** Reads all of the file once, one to three seconds for a gigabyte, rather than find the damage in front of a person. */
function checkForDamage(database: DatabaseSync, path: string): void {
  const result = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (result !== "ok") throw damaged(path, String(result));
}

function damaged(path: string, detail: string, cause?: unknown): SocketlabError {
  const message =
    `${path} is damaged, or not a database (${detail}). Put a copy of it back, or save what can be read with ` +
    `"sqlite3 ${path} .recover", or move it away to begin with an empty one`;
  return new SocketlabError("store-damaged", message, { cause });
}

function explain(error: unknown, path: string): SocketlabError {
  const { message, errcode = 0 } = error as Error & { errcode?: number };
  switch (errcode & 0xff) {
    case SQLITE_BUSY:
      return new SocketlabError(
        "store-in-use",
        `${path} is in use by another process: stop that one, or name another file with --store`,
        { cause: error },
      );
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(path, message, error);
    default:
      return new SocketlabError(
        "store-unusable",
        `${path} cannot be opened (${message}): see that it and its folder may be written, and that there is room, or name another file with --store`,
        { cause: error },
      );
  }
}
