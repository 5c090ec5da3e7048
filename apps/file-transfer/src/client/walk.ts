// What is on the server: a file, or a folder with all that is in it. Touches no disk of this machine.
import { ProtocolError } from "@socketlab/core";
import { below, parsePath } from "../paths.ts";
import type { Entry } from "../protocol.ts";
import type { Remote } from "./remote.ts";

/**
 * The entries of one folder, page by page.
 * @throws ProtocolError `bad-message` if what a server names is not directly in there, or comes again: names become local
 * files, and a server is believed no more than a client.
 */
export async function* entriesOf(remote: Pick<Remote, "ask">, path: string): AsyncGenerator<Entry> {
  for (let after: string | undefined; ;) {
    const page = await remote.ask<"list">({ type: "list", path, ...(after !== undefined && { after }) });
    for (const entry of page.entries) {
      const name = entry.path.slice(entry.path.lastIndexOf("/") + 1);
      if (
        below(path, name) !== entry.path ||
        !isPath(entry.path) ||
        (after !== undefined && entry.path <= after)
      )
        throw new ProtocolError(
          "bad-message",
          `the server says that ${JSON.stringify(entry.path)} comes next in ${JSON.stringify(path)}`,
        );
      after = entry.path;
      yield entry;
    }
    if (!page.more || page.entries.length === 0) return;
  }
}

/** Folders before what is in them; "" is the folder that is served, which is not itself named. */
export async function* walk(remote: Pick<Remote, "ask">, path: string): AsyncGenerator<Entry> {
  if (path !== "") {
    const { entry } = await remote.ask<"stat">({ type: "stat", path });
    yield { ...entry, path };
    if (entry.kind === "file") return;
  }
  yield* inside(remote, path);
}

async function* inside(remote: Pick<Remote, "ask">, folder: string): AsyncGenerator<Entry> {
  for await (const entry of entriesOf(remote, folder)) {
    yield entry;
    if (entry.kind === "folder") yield* inside(remote, entry.path);
  }
}

function isPath(path: string): boolean {
  try {
    return path !== "" && parsePath(path) === path;
  } catch {
    return false;
  }
}
