// How a session stands: in numbers, as a status line, as records for programs. Knows no socket.
import { formatBytes, formatDuration, print, type Terminal } from "@socketlab/core/terminal";
import type { Session } from "../peer/session.ts";
import type { Storage } from "../storage/storage.ts";
import type { StatusLine } from "./status-line.ts";

const REPORT_MS = 1000;
const BAR_COLUMNS = 20;

/** How it stands at a moment. Bytes, and bytes a second. */
export interface Standing {
  readonly pieces: number;
  readonly wantedPieces: number;
  readonly left: number;
  readonly downloaded: number;
  readonly uploaded: number;
  readonly downloadRate: number;
  readonly uploadRate: number;
  readonly peers: number;
}

export function standingOf(session: Session, storage: Storage): Standing {
  const nowMs = Date.now();
  let [downloadRate, uploadRate] = [0, 0];
  for (const { download, upload } of session.swarm.conversations) {
    downloadRate += download.bytesPerSecond(nowMs);
    uploadRate += upload.bytesPerSecond(nowMs);
  }
  const wantedPieces = storage.wanted.count;
  return {
    pieces: wantedPieces - session.swarm.picker.missing,
    wantedPieces,
    left: session.left,
    ...session.moved,
    downloadRate,
    uploadRate,
    peers: session.swarm.conversations.size,
  };
}

/** Until it is disposed of. */
export function showStanding(
  look: () => Standing,
  isJson: boolean,
  terminal: Terminal,
  status: StatusLine,
): Disposable {
  if (!isJson) {
    status.show(() => describeStanding(look()));
    return { [Symbol.dispose]: () => status.show() };
  }
  const record = (): void => print(terminal, JSON.stringify({ event: "progress", ...look() }));
  const timer = setInterval(record, REPORT_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

export function describeStanding(standing: Standing): string {
  const { pieces, wantedPieces, left, downloaded, uploaded, downloadRate, uploadRate, peers } = standing;
  const share = wantedPieces === 0 ? 1 : pieces / wantedPieces;
  const bar = "█".repeat(Math.floor(share * BAR_COLUMNS)).padEnd(BAR_COLUMNS, "░");
  const rate = (bytes: number): string => `${formatBytes(Math.round(bytes))}/s`;
  const ratio = downloaded > 0 ? ` ratio ${(uploaded / downloaded).toFixed(2)}` : "";
  const toGo = left > 0 && downloadRate > 0 ? ` ${formatDuration((left / downloadRate) * 1000)} left` : "";
  return `${String(Math.floor(share * 100)).padStart(3)}% [${bar}] ${pieces}/${wantedPieces} pieces ↓ ${rate(downloadRate)} ↑ ${rate(uploadRate)} ${peers} peer${peers === 1 ? "" : "s"}${ratio}${toGo}`;
}
