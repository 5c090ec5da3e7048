// Which bytes a request asks for (RFC 9110 §14). Values in, values out: knows no file and no request.

/** Bytes `first` to `last`, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** More parts than this, after those that overlap have been joined, are nobody's honest need (§14.2, §17.15). */
export const MAX_RANGES = 16;
/** A header has room for thousands; to look at all of them is work that nobody needs. */
const MAX_SPECS = 200;
/** "0-499", "500-" or "-500". */
const rangeSpec = /^(?:(\d+)-(\d*)|-(\d+))$/;

/**
 * What `Range` asks for in a representation of `size` bytes: in the order of the request, those that overlap or touch joined
 * into one. "all" if it is to be ignored: absent, malformed, another unit, or the representation is empty (it has no range
 * that Content-Range could name). "unsatisfiable" if none of it is there, or too much is asked for: 416.
 */
export function selectRanges(
  header: string | undefined,
  size: number,
): ByteRange[] | "all" | "unsatisfiable" {
  if (header === undefined || size === 0 || !/^bytes=/i.test(header)) return "all";
  // Elements of a list may be empty (§5.6.1.2).
  const specs = header
    .slice("bytes=".length)
    .split(",")
    .map((spec) => spec.trim())
    .filter((spec) => spec !== "");
  if (specs.length === 0) return "all";
  if (specs.length > MAX_SPECS) return "unsatisfiable";
  const wanted: ByteRange[] = [];
  for (const spec of specs) {
    const [matched, from = "", to = "", suffix = ""] = rangeSpec.exec(spec) ?? [];
    // One that is malformed, or ends before it begins, makes the whole set invalid (§14.1.1).
    if (matched === undefined || (to !== "" && Number(to) < Number(from))) return "all";
    const range = suffix === "" ? rangeFrom(from, to, size) : lastBytes(Number(suffix), size);
    if (range !== undefined) wanted.push(range);
  }
  const ranges = coalesce(wanted);
  return ranges.length === 0 || ranges.length > MAX_RANGES ? "unsatisfiable" : ranges;
}

/** Undefined if no byte of it is there. */
function rangeFrom(from: string, to: string, size: number): ByteRange | undefined {
  const first = Number(from);
  if (first >= size) return undefined;
  return { first, last: to === "" ? size - 1 : Math.min(Number(to), size - 1) };
}

function lastBytes(count: number, size: number): ByteRange | undefined {
  return count === 0 ? undefined : { first: Math.max(0, size - count), last: size - 1 };
}

/** Joins what overlaps or touches; the result stands where its first member stood (§15.3.7.2). */
function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const inOrder = ranges
    .map((range, place) => ({ ...range, place }))
    .toSorted((one, other) => one.first - other.first);
  const joined: { first: number; last: number; place: number }[] = [];
  for (const range of inOrder) {
    const before = joined.at(-1);
    if (before !== undefined && range.first <= before.last + 1) {
      before.last = Math.max(before.last, range.last);
      before.place = Math.min(before.place, range.place);
    } else joined.push({ ...range });
  }
  return joined.toSorted((one, other) => one.place - other.place).map(({ first, last }) => ({ first, last }));
}

/** The value of Content-Range for a part, or for none (§14.4). */
export function contentRange(range: ByteRange | undefined, size: number): string {
  return range === undefined ? `bytes */${size}` : `bytes ${range.first}-${range.last}/${size}`;
}
