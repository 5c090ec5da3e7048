// What must be done so that one tree of files becomes like another. Pure: reads nothing, decides.

export interface Item {
  readonly kind: "file" | "folder";
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly mode: number;
}

/** By their paths below the root, folders before what is in them. */
export type Tree = ReadonlyMap<string, Item>;

export type Step =
  /** To be sent, or fetched. */
  | { readonly act: "transfer"; readonly path: string; readonly why: string }
  /** Whether it differs, only the hashes of both tell. */
  | { readonly act: "compare"; readonly path: string }
  | { readonly act: "skip"; readonly path: string; readonly why: string }
  | { readonly act: "makeFolder"; readonly path: string }
  /** A file where a folder is to be, or the other way round. */
  | { readonly act: "clear"; readonly path: string; readonly why: string }
  /** Not in the source. What is in a folder that goes is not named. */
  | { readonly act: "remove"; readonly path: string };

// Some disks round, and so does the way of a time through seconds.
const SAME_TIME_MS = 2;

/** What is done with a file that is there already, of the same size. */
export interface Rules {
  /** Its time is the same, too. */
  readonly same: "skip" | "compare";
  readonly other: "compare" | "transfer";
  /** Whether one with another mode is another one. */
  readonly modes: boolean;
}

export function planSync(source: Tree, target: Tree, rules: Rules): Step[] {
  const steps: Step[] = [];
  for (const [path, item] of source) {
    const there = target.get(path);
    if (there !== undefined && there.kind !== item.kind)
      steps.push({
        act: "clear",
        path,
        why: `there is a ${there.kind} of that name, and it is a ${item.kind} here`,
      });
    if (item.kind === "folder") {
      if (there?.kind !== "folder") steps.push({ act: "makeFolder", path });
    } else steps.push(stepFor(path, item, there, rules));
  }
  const gone = new Set<string>();
  for (const path of target.keys()) {
    if (source.has(path)) continue;
    gone.add(path);
    if (!gone.has(parentOf(path))) steps.push({ act: "remove", path });
  }
  return steps;
}

function stepFor(path: string, item: Item, there: Item | undefined, rules: Rules): Step {
  if (there?.kind !== "file") return { act: "transfer", path, why: "it is not there" };
  if (there.size !== item.size) return { act: "transfer", path, why: "it has another size" };
  const isSame = isSameTime(there, item) && (!rules.modes || there.mode === item.mode);
  switch (isSame ? rules.same : rules.other) {
    case "skip":
      return { act: "skip", path, why: "same size and time" };
    case "compare":
      return { act: "compare", path };
    case "transfer":
      return { act: "transfer", path, why: "it has another time or mode" };
  }
}

function isSameTime(a: Item, b: Item): boolean {
  return Math.abs(a.mtimeMs - b.mtimeMs) < SAME_TIME_MS;
}

/** "" for what is directly in the root. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
