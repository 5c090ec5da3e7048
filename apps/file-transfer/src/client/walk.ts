// What is on the server: a file, or a folder with all that is in it. Touches no disk of this machine.
import { ProtocolError } from "@socketlab/core";
import type { Entry } from "../protocol.ts";
import type { Remote } from "./remote.ts";

/** The entries of one folder, page by page. */
export async function* entriesOf(remote: Pick<Remote, "ask">, path: string): AsyncGenerator<Entry> {
  for (let after: string | undefined; ;) {
    const page = await remote.ask<"list">({ type: "list", path, ...(after !== undefined && { after }) });
    for (const entry of page.entries) yield checked(entry, path);
    after = page.entries.at(-1)?.path;
    if (!page.more || after === undefined) return;
  }
}

/** Folders before what is in them; "" is the folder that is served, which is not itself named. */
export async function* walk(remote: Pick<Remote, "ask">, path: string): AsyncGenerator<Entry> {
  if (path !== "") {
    const { entry } = await remote.ask<"stat">({ type: "stat", path });
    if (entry.path !== path)
      throw new ProtocolError("bad-entry", `the server says that ${JSON.stringify(entry.path)} is ${path}`);
    yield entry;
    if (entry.kind === "file") return;
  }
  for await (const entry of entriesOf(remote, path)) {
    if (entry.kind === "folder") yield* walk(remote, entry.path);
    else yield entry;
  }
}

/** What a server says is to become a path of this machine, and must not lead out of a folder. @throws ProtocolError. */
function checked(entry: Entry, folder: string): Entry {
  const name = folder === "" ? entry.path : entry.path.slice(folder.length + 1);
  const isBelow = folder === "" || entry.path.startsWith(`${folder}/`);
  if (isBelow && !["", ".", ".."].includes(name) && !/[/\\\0]/.test(name)) return entry;
  throw new ProtocolError(
    "bad-entry",
    `the server says that ${JSON.stringify(entry.path)} is in ${JSON.stringify(folder)}`,
  );
}
