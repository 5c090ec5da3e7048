// Numbers as people read them, with their units. Knows nothing of what is measured.
const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 12,345 */
export function countText(count: number): string {
  return grouped.format(count);
}

/** 512 B, 64 KiB, 2.5 MiB */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** 0.043 ms, 1.27 ms, 45.1 ms, 1,204 ms */
export function millisecondsText(ms: number): string {
  return `${ms >= 1000 ? countText(ms) : ms.toPrecision(ms < 0.1 ? 2 : 3)} ms`;
}

/** 18:40:07.123 in the reader's time zone. */
export function timeText(epochMs: number): string {
  const date = new Date(epochMs);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  return `${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Control characters made visible (U+2400 …): what came over the network cannot hide. */
export function visibleControls(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, (c) =>
    c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : "\ufffd",
  );
}

/** The same, and what reorders text is made visible, too: for text whose characters matter more than its meaning. */
export function visibleText(text: string): string {
  return visibleControls(text).replaceAll(/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g, "\ufffd");
}
