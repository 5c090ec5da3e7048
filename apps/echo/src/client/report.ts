// What ping and flood tell: lines for people, objects for programs. Knows no socket.
import { formatBytes, formatDuration } from "@socketlab/core/terminal";
import type { FloodResult } from "./flood.ts";
import type { PingEvent, PingResult } from "./ping.ts";

export function pingLine(event: PingEvent, place: string, timeoutMs: number): string {
  if (event.kind === "lost") return `no reply to seq=${event.seq} within ${formatDuration(timeoutMs)}`;
  if (event.kind === "wrong") return `not an echo: ${event.what}`;
  const notes = [
    ...(event.pieces > 1 ? [`in ${event.pieces} pieces`] : []),
    ...(event.kind === "reply" ? [] : [event.kind]),
    ...(event.reordered ? ["reordered"] : []),
  ];
  const suffix = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
  return `${event.bytes} bytes from ${place}: seq=${event.seq} time=${event.roundTripMs.toFixed(3)} ms${suffix}`;
}

export function pingSummary(result: PingResult, place: string): string {
  const { sent, received, lost, late, duplicates, reordered, inPieces, wrong, roundTripMs: times } = result;
  const share = sent === 0 ? 0 : (lost / sent) * 100;
  const more: [number, string][] = [
    [late, "late"],
    [duplicates, "duplicate"],
    [reordered, "reordered"],
    [inPieces, "in pieces"],
    [wrong, "not an echo"],
  ];
  const lines = [
    "",
    `--- ${place} echo statistics ---`,
    `${sent} sent, ${received} received, ${lost} lost (${Number(share.toFixed(1))}%)` +
      more.flatMap(([count, what]) => (count > 0 ? [`, ${count} ${what}`] : [])).join("") +
      `, time ${formatDuration(result.elapsedMs)}`,
  ];
  if (times !== undefined) {
    lines.push(
      `round trip min/avg/max/mdev = ${slashed(times.min, times.avg, times.max, times.mdev)} ms, ` +
        `p50/p90/p99 = ${slashed(times.p50, times.p90, times.p99)} ms`,
    );
  }
  return lines.join("\n");
}

function slashed(...values: number[]): string {
  return values.map((value) => value.toFixed(3)).join("/");
}

export function pingRecord({ error, ...result }: PingResult, place: string): Record<string, unknown> {
  return { event: "summary", remote: place, ...result, ...(error !== undefined && { error: error.message }) };
}

export function floodSummary(result: FloodResult, sizeBytes: number, window: number): string {
  const { sent, received, lost, duplicates, elapsedMs, messagesPerSecond, bytesPerSecond } = result;
  const losses = lost + duplicates > 0 ? `, ${lost} lost, ${duplicates} too late or twice` : "";
  return [
    `${Math.round(messagesPerSecond).toLocaleString("en")} messages/s, ${formatBytes(bytesPerSecond)}/s there and the same back`,
    `${sent} messages of ${formatBytes(sizeBytes)} sent, ${window} at a time, ${received} received and checked${losses}, in ${formatDuration(elapsedMs)}`,
  ].join("\n");
}

export function floodRecord(
  { error, ...result }: FloodResult,
  sizeBytes: number,
  window: number,
): Record<string, unknown> {
  return {
    event: "summary",
    sizeBytes,
    window,
    ...result,
    ...(error !== undefined && { error: error.message }),
  };
}
