// Asks one conversation for a file, and brings its chunks to whoever receives it. Knows no other conversation.
import type { Entry, Verification } from "../protocol.ts";
import type { Lane, Receiver } from "../transfer/receiver.ts";
import { cancel, type Talk } from "./talk.ts";
import type { Answer, Waiting } from "./waiting.ts";

/** A file that a server has opened for us. To be ended. */
export interface Download {
  readonly entry: Entry;
  readonly lane: Lane;
  /** Brings it, as it is asked for. */
  readonly bring: (receiver: Receiver) => void;
  /** It is all there; or not, and why. Harmless when it has ended. */
  readonly end: (error?: Error) => void;
}

/** As `Remote.get`. */
export async function getTransfer(
  talk: Talk,
  path: string,
  algorithm: Verification,
  onFailed: (error: Error) => void,
): Promise<Download> {
  const { waiting, credit, send, say } = talk;
  const id = waiting.next();
  const offered = Promise.withResolvers<Entry>();
  const answered = (answer: Answer): void => {
    if (answer.type === "offer") offered.resolve(answer.entry);
  };
  const own: Waiting = { answered, failed: offered.reject };
  waiting.add(id, own);
  say({ type: "get", id, path, algorithm });
  const entry = await offered.promise;
  own.failed = onFailed;
  const lane: Lane = { transfer: id, credit, say: send };
  return {
    entry,
    lane,
    bring: (receiver) => {
      own.receiver = { receiver, lane };
      receiver.join(lane);
    },
    end: (error) => {
      if (waiting.get(id) !== own) return;
      if (error === undefined) say({ type: "done", transfer: id });
      else cancel(talk, id, error);
      waiting.delete(id);
    },
  };
}
