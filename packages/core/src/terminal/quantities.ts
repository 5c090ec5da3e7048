// Sizes, times and shares as people write them: 64k, 250ms, 5%. Knows no flag.
import { UsageError } from "../errors.ts";

const sizeUnits: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gib: 1024 ** 3,
};
const timeUnits: Readonly<Record<string, number>> = {
  ms: 1,
  "": 1000,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Bytes: `1500`, `64k`, `64KiB`, `1.5M`; k, M and G count in 1024. @throws UsageError `bad-quantity`. */
export function parseSize(text: string): number {
  const bytes = parse(text, sizeUnits);
  if (bytes === undefined || !Number.isSafeInteger(bytes))
    throw bad(text, "a size in whole bytes, such as 1500, 64k or 1M");
  return bytes;
}

/** Milliseconds: `2` and `2s` are seconds; `250ms`, `5m`, `1h`, `30d`. @throws UsageError `bad-quantity`. */
export function parseDuration(text: string): number {
  const ms = parse(text, timeUnits);
  if (ms === undefined) throw bad(text, "a time, such as 2 (seconds), 250ms or 5m");
  return ms;
}

/** A share from 0 to 1: `5%` or `0.05`. @throws UsageError `bad-quantity`. */
export function parseShare(text: string): number {
  const share = parse(text, { "": 1, "%": 0.01 });
  if (share === undefined || share > 1) throw bad(text, "a share from 0% to 100%, such as 5% or 0.05");
  return share;
}

/** A whole number from `least`. @throws UsageError `bad-quantity`. */
export function parseCount(text: string, least = 0): number {
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(count) || count < least) throw bad(text, `a whole number from ${least}`);
  return count;
}

/** `1536` as "1.5 KiB": three digits at most, whole bytes below 1024. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, "bytes"];
  for (const next of ["KiB", "MiB", "GiB", "TiB"]) {
    if (value < 1024) break;
    [value, unit] = [value / 1024, next];
  }
  if (unit === "bytes")
    return `${Number.isInteger(bytes) ? bytes : significant(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
  return `${significant(value)} ${unit}`;
}

/** Milliseconds as people read them: "0.21 ms", "1.25 s"; three digits. */
export function formatDuration(ms: number): string {
  return ms >= 1000 ? `${significant(ms / 1000)} s` : `${significant(ms)} ms`;
}

function significant(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const text = value.toFixed(Math.min(digits, 3));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z%]*)$/i.exec(text.trim()) ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  return number === "" || factor === undefined ? undefined : Number(number) * factor;
}

function bad(text: string, rule: string): UsageError {
  return new UsageError("bad-quantity", `${JSON.stringify(text)} is not ${rule}`);
}
