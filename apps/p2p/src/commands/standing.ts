// How a session stands now, in numbers. Prints nothing.
import type { Session } from "../peer/session.ts";
import type { Storage } from "../storage/storage.ts";
import type { Standing } from "./swarm-progress.ts";

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
