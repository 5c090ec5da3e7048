// One message that crossed a door, as a line for people and as a value for programs. Knows no protocol.
import { formatEndpoint } from "../address/endpoint.ts";
import type { TraceEvent } from "../socket/message-socket.ts";
import { excerpt } from "./hex-dump.ts";

/** `12:34:56.789 #1 client ─▶ tcp://127.0.0.1:7007 text 5 bytes "hello"`; the arrow points at the remote side or away from it. */
export function traceLine(event: TraceEvent): string {
  const time = new Date(event.timeMs).toISOString().slice(11, 23);
  const arrow = event.direction === "out" ? "─▶" : "◀─";
  const { bytes } = event;
  const size = `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  const place = formatEndpoint({ ...event.remote, path: "" });
  return `${time} #${event.socket} ${event.role} ${arrow} ${place} ${event.type} ${size} ${excerpt(event.payload)}`;
}

/** The same for `--json`: one object per message. */
export function traceRecord(event: TraceEvent): Record<string, unknown> {
  return {
    event: "message",
    socket: event.socket,
    role: event.role,
    direction: event.direction,
    local: formatEndpoint(event.local),
    remote: formatEndpoint(event.remote),
    time: new Date(event.timeMs).toISOString(),
    type: event.type,
    bytes: event.bytes,
    excerpt: excerpt(event.payload),
  };
}
