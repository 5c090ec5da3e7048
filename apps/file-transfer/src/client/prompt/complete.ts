// What Tab makes of a line: commands, flags, and names there and here. Paints nothing.
import { setTimeout as wait } from "node:timers/promises";
import { below } from "../../paths.ts";
import { commands, findCommand, readFolder } from "./commands.ts";
import type { Session } from "./session.ts";
import { cutWords, writeWord, type Word } from "./words.ts";

/** Nobody waits longer for a Tab. */
const MAX_WAIT_MS = 1000;
const MAX_SHOWN = 200;

/** As readline wants it: what the end of the line may become, and that end. */
export type Completion = [candidates: string[], end: string];

/** @param line up to where the cursor is. Never rejects. */
export async function complete(line: string, session: Session): Promise<Completion> {
  const words = cutWords(line);
  const isBegun = words.length > 0 && line.endsWith(words.at(-1)!.raw);
  const last: Word = isBegun ? words.pop()! : { text: "", raw: "", open: "" };
  const [name, ...before] = words;
  if (name === undefined) {
    const known = commands.flatMap(({ names }) => names).filter((one) => one.startsWith(last.text));
    return [known.map((one) => `${one} `), last.raw];
  }
  const command = findCommand(name.text);
  if (command === undefined) return [[], last.raw];
  if (last.raw.startsWith("-")) {
    const flags = Object.keys(command.flags ?? {}).map((flag) => `--${flag}`);
    return [flags.filter((flag) => flag.startsWith(last.text)).map((flag) => `${flag} `), last.raw];
  }
  const place = command.takes[before.filter(({ raw }) => !raw.startsWith("-")).length];
  if (place === undefined) return [[], last.raw];
  const tooLate = new AbortController();
  try {
    const found = place === "local" ? namesHere(last.text) : namesThere(last.text, session);
    found.catch(() => {});
    const late = wait(MAX_WAIT_MS, [], { signal: tooLate.signal });
    late.catch(() => {});
    const names = await Promise.race([found, late]);
    return [names.slice(0, MAX_SHOWN).map((text) => asTyped(text, last.raw)), last.raw];
  } catch {
    // Not there, not allowed, not connected: Enter will tell.
    return [[], last.raw];
  } finally {
    tooLate.abort();
  }
}

/** In the quotes in which it was begun; a file's name is complete, a folder's may go on. */
function asTyped(text: string, raw: string): string {
  const quote = raw.startsWith("'") ? "'" : raw.startsWith('"') ? '"' : "";
  return `${writeWord(text, quote)}${text.endsWith("/") ? "" : `${quote} `}`;
}

/** "a/b/c" as "a/b/" and "c" */
function cutPath(text: string): [folder: string, begun: string] {
  const at = text.lastIndexOf("/") + 1;
  return [text.slice(0, at), text.slice(at)];
}

async function namesHere(text: string): Promise<string[]> {
  const [folder, begun] = cutPath(text);
  const names = await readFolder(folder === "" ? "." : folder);
  const isShown = (name: string): boolean =>
    name.startsWith(begun) && (begun !== "" || !name.startsWith(".")) && !/\p{Cc}/u.test(name);
  return names.filter(isShown).map((name) => folder + name);
}

/** Two small questions, however many names there are: the one that is there already, and a page of those after it. */
async function namesThere(text: string, session: Session): Promise<string[]> {
  const [folder, written] = cutPath(text);
  const begun = written.normalize("NFC");
  const path = session.resolve(folder === "" ? "." : folder);
  const remote = await session.remote();
  const [itself, page] = await Promise.all([
    begun === ""
      ? undefined
      : remote.ask<"stat">({ type: "stat", path: below(path, begun) }).catch(() => undefined),
    remote.ask<"list">({ type: "list", path, ...(begun !== "" && { after: below(path, begun) }) }),
  ]);
  const entries = itself === undefined ? page.entries : [itself.entry, ...page.entries];
  return entries
    .map(
      ({ path: inside, kind }) => inside.slice(inside.lastIndexOf("/") + 1) + (kind === "folder" ? "/" : ""),
    )
    .filter((name) => name.startsWith(begun) && !/\p{Cc}/u.test(name))
    .map((name) => folder + name);
}
