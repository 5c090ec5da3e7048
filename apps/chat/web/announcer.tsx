// Tells a screen reader what others say, at a pace that can be heard. Shows nothing.
import { useEffect, useState, type ReactElement } from "react";
import type { Session } from "../src/client/session.ts";

/** What comes within this time is told together. */
const TOGETHER_MS = 700;
/** More than so many are only counted. */
const MOST_READ_OUT = 2;
const MOST_CHARACTERS = 300;

export function Announcer({ session }: { session: Session }): ReactElement {
  const [words, setWords] = useState("");
  useEffect(() => {
    let heard: string[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = (): void => {
      timer = undefined;
      setWords(heard.length > MOST_READ_OUT ? `${heard.length} new messages` : heard.join(". "));
      heard = [];
    };
    const stop = session.onEvent((event) => {
      if (event.event !== "said" && event.event !== "whispered") return;
      if (event.from === session.view().name) return;
      const where = event.event === "said" ? `in ${event.room}` : "whispers";
      heard.push(`${event.from} ${where}: ${event.text.slice(0, MOST_CHARACTERS)}`);
      timer ??= setTimeout(tell, TOGETHER_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session]);
  return (
    <div className="visually-hidden" aria-live="polite" data-testid="announcer">
      {words}
    </div>
  );
}
