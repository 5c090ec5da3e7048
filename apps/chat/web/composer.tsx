// What one is about to say. What cannot be said is explained here, before it is sent. Knows no conversation.
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent, type ReactElement } from "react";
import { UsageError } from "@socketlab/core";
import { countText } from "@socketlab/page-kit";
import { MAX_TEXT_BYTES } from "../src/protocol.ts";
import type { Place } from "./places.ts";

/** From here on, the length is shown. */
const NEARLY_TOO_LONG_BYTES = MAX_TEXT_BYTES - 600;

export interface ComposerProps {
  readonly to: Place;
  readonly disabled: boolean;
  readonly isOnline: boolean;
  readonly onSay: (text: string) => Promise<unknown>;
  readonly onType: () => void;
}

/** Drafts outlive the composer: whoever goes to another room and back goes on where they were. */
const drafts = new Map<string, string>();

export function Composer({ to, disabled, isOnline, onSay, onType }: ComposerProps): ReactElement {
  const [draft, setDraft] = useState(() => drafts.get(to.id) ?? "");
  const [problem, setProblem] = useState("");
  const bytes = new TextEncoder().encode(draft).length;
  const tooLong = bytes > MAX_TEXT_BYTES;
  const box = useRef<HTMLTextAreaElement>(null);
  // What had the focus (the way in, a room that was left) is gone: one goes on by typing.
  useEffect(() => {
    if (document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, []);
  const write = (text: string): void => {
    setDraft(text);
    drafts.set(to.id, text);
  };

  const say = (event?: FormEvent): void => {
    event?.preventDefault();
    if (draft.trim() === "" || tooLong || disabled) return;
    const text = draft;
    write("");
    setProblem("");
    onSay(text).catch((error: unknown) => {
      // What the server refuses is shown with the message; this was never one.
      if (!(error instanceof UsageError) && (error as { code?: string }).code !== "outbox-full") return;
      write(text);
      setProblem((error as Error).message);
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    say();
  };
  return (
    <form className="composer" onSubmit={say}>
      <label className="visually-hidden" htmlFor="draft">
        {to.kind === "room" ? "Message to " : "Whisper to "}
        {to.shown}
      </label>
      <textarea
        ref={box}
        id="draft"
        rows={1}
        dir="auto"
        value={draft}
        disabled={disabled}
        placeholder={to.kind === "room" ? "Say something" : "Whisper something"}
        aria-invalid={tooLong || problem !== ""}
        aria-describedby="draft-problem"
        onChange={(event) => {
          write(event.target.value);
          if (event.target.value !== "") onType();
        }}
        onKeyDown={onKeyDown}
      />
      <button type="submit" disabled={disabled || tooLong || draft.trim() === ""}>
        Send
      </button>
      <p
        id="draft-problem"
        className="composer-note"
        data-bad={tooLong || problem !== ""}
        data-offline={!isOnline}
      >
        {problem !== ""
          ? problem
          : bytes > NEARLY_TOO_LONG_BYTES
            ? `${countText(bytes)} of ${countText(MAX_TEXT_BYTES)} bytes`
            : isOnline
              ? "Enter sends, Shift+Enter begins a line"
              : "Not connected now. What you say is kept on this page, and sent as soon as it can be."}
      </p>
    </form>
  );
}
