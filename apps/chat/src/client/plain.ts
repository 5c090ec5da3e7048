// The client in a pipe: lines in are said, what others say comes out as lines. Knows no flags.
import { createInterface } from "node:readline";
import { ClosedError, TimeoutError } from "@socketlab/core";
import { ExitCode, formatDuration, print, say, type Terminal } from "@socketlab/core/terminal";
import { harmlessJson, harmlessLine } from "./harmless.ts";
import type { Session } from "./session.ts";
import type { Phase, SessionEvent } from "./view.ts";

/** Lines that are read before the first of them is stored; the rest waits in the pipe. */
const AHEAD = 100;

export interface PlainOptions {
  /** One JSON object per event, instead of lines for people. */
  readonly json: boolean;
  /** Go on after the end of the input, until Ctrl-C. */
  readonly follow: boolean;
  /** Messages of each room to print first. */
  readonly history: number;
  /** How long after the end of the input nothing may happen before all is stored. */
  readonly timeoutMs: number;
}

/** @returns the exit code. @throws what ends the conversation for good; TimeoutError when it never began. */
export async function talkPlainly(
  session: Session,
  terminal: Terminal,
  { json, follow, history, timeoutMs }: PlainOptions,
): Promise<number> {
  const { signal } = terminal;
  const ending = Promise.withResolvers<never>();
  ending.promise.catch(() => {});
  const interrupted = (): void => ending.reject(new ClosedError("interrupted", "interrupted"));
  signal.addEventListener("abort", interrupted, { once: true });
  session.onEvent((event) => {
    if (json) print(terminal, harmlessJson(event));
    else for (const line of linesOf(event, session.view().name)) print(terminal, line);
    if (event.event === "phase") tell(event.phase);
    if (event.event === "refused" && event.id === undefined)
      say(terminal, `chat: ${harmlessLine(event.detail)}`);
  });
  let isAway = false;
  function tell(phase: Phase): void {
    if (phase.name === "refused") ending.reject(new ClosedError(phase.code, harmlessLine(phase.why)));
    // Once for each loss, however often it is tried again.
    else if (phase.name === "waiting" && !isAway) {
      isAway = true;
      say(terminal, `chat: ${harmlessLine(phase.why)}; trying again`);
    } else if (phase.name === "open" && isAway) {
      isAway = false;
      say(terminal, "chat: connected");
    }
  }

  const ready = whenReady(session, history > 0);
  const stop = session.start();
  const counts = { said: 0, stored: 0 };
  const input = sayLines(session, terminal, counts);
  try {
    const { allSettled } = await Promise.race([input, ending.promise]);
    await whileItGoesOn(Promise.all([ready, allSettled()]), session, timeoutMs, ending.promise);
    if (follow) await ending.promise;
  } catch (error) {
    // Whoever follows ends like that.
    if (signal.aborted) return follow && counts.stored === counts.said ? ExitCode.done : ExitCode.interrupted;
    if (counts.stored === 0) throw error;
    say(terminal, `chat: ${(error as Error).message}`);
  } finally {
    signal.removeEventListener("abort", interrupted);
    stop();
  }
  if (counts.stored === counts.said) return ExitCode.done;
  say(terminal, `chat: ${counts.said - counts.stored} of ${counts.said} messages are not stored`);
  return counts.stored === 0 ? ExitCode.failed : ExitCode.partlyDone;
}

/** Settles when all input is said; `allSettled` when all of it is stored or refused. */
async function sayLines(
  session: Session,
  terminal: Terminal,
  counts: { said: number; stored: number },
): Promise<{ allSettled: () => Promise<unknown> }> {
  const room = session.view().rooms[0]!.key;
  const open = new Set<Promise<void>>();
  for await (const line of createInterface({ input: terminal.stdin, crlfDelay: Infinity })) {
    if (line === "") continue;
    counts.said++;
    const settled = session
      .say(room, line)
      .then(
        () => void counts.stored++,
        (error: Error) => {
          // What is not stored in the end is counted.
          if (!(error instanceof ClosedError))
            say(terminal, `chat: not stored: ${harmlessLine(error.message)}`);
        },
      )
      .finally(() => open.delete(settled));
    open.add(settled);
    if (open.size >= AHEAD) await Promise.race(open);
  }
  return { allSettled: () => Promise.all(open) };
}

/** When the rooms are joined, and what was said there is printed, as far as it was asked for. */
function whenReady(session: Session, withHistory: boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = session.onEvent(() => {
      const isReady = session
        .view()
        .rooms.every(
          ({ state, more, messages }) =>
            state === "refused" || (state === "joined" && !(withHistory && more && messages.length === 0)),
        );
      if (!isReady) return;
      stop();
      resolve();
    });
  });
}

/** @throws TimeoutError when for so long nothing happens. */
async function whileItGoesOn(
  work: Promise<unknown>,
  session: Session,
  timeoutMs: number,
  ending: Promise<never>,
): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    const what = session.sending > 0 ? "stored what was said" : "let us in";
    reject(
      new TimeoutError(
        "timed-out",
        `the server has not ${what} within ${formatDuration(timeoutMs)} (--timeout)`,
      ),
    );
  };
  let timer = setTimeout(giveUp, timeoutMs);
  const stop = session.onEvent(({ event }) => {
    if (event !== "stored" && event !== "joined") return;
    clearTimeout(timer);
    timer = setTimeout(giveUp, timeoutMs);
  });
  try {
    await Promise.race([work, promise, ending]);
  } finally {
    stop();
    clearTimeout(timer);
  }
}

/** What people see of it; `self` has said it and need not read it. */
function linesOf(event: SessionEvent, self: string): string[] {
  switch (event.event) {
    case "said":
      return event.from === self ? [] : [lineOf(event.room, event.from, event.text)];
    case "page":
      return event.messages.map(({ from, text }) => lineOf(event.room, from, text));
    case "whispered":
      return event.from === self
        ? []
        : [`[whisper] ${harmlessLine(event.from)}: ${harmlessLine(event.text)}`];
    default:
      return [];
  }
}

function lineOf(room: string, from: string, text: string): string {
  return `[${harmlessLine(room)}] ${harmlessLine(from)}: ${harmlessLine(text)}`;
}
