// What a person says: text, or bytes in hexadecimal. Knows no socket.
import { useState, type FormEvent, type KeyboardEvent, type ReactElement } from "react";

export interface ComposerProps {
  readonly open: boolean;
  readonly onSay: (message: string | Uint8Array) => Promise<void>;
}

export function Composer({ open, onSay }: ComposerProps): ReactElement {
  const [kind, setKind] = useState<"text" | "bytes">("text");
  const [draft, setDraft] = useState("hello");
  const [problem, setProblem] = useState("");

  const say = (event?: FormEvent): void => {
    event?.preventDefault();
    const message = kind === "text" ? draft : readHex(draft);
    if (message === undefined) {
      setProblem("Bytes are pairs of hexadecimal digits, such as “68 65 6c 6c 6f”.");
      return;
    }
    setProblem("");
    onSay(message).catch((error: unknown) => setProblem((error as Error).message));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (open) say();
    }
  };
  const choose = (next: "text" | "bytes"): void => {
    if (next === kind) return;
    setDraft(next === "bytes" ? toHex(draft) : (fromHex(draft) ?? draft));
    setKind(next);
    setProblem("");
  };
  return (
    <form className="composer" onSubmit={say}>
      <fieldset>
        <legend className="visually-hidden">Kind of message</legend>
        <Choice label="text" checked={kind === "text"} onChoose={() => choose("text")} />
        <Choice label="bytes (hexadecimal)" checked={kind === "bytes"} onChoose={() => choose("bytes")} />
      </fieldset>
      <label className="visually-hidden" htmlFor="draft">
        Message
      </label>
      <textarea
        id="draft"
        rows={3}
        spellCheck={false}
        className={kind === "bytes" ? "mono" : undefined}
        value={draft}
        aria-invalid={problem !== ""}
        aria-describedby="problem"
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <p id="problem" className="problem" role="alert">
        {problem}
      </p>
      <button type="submit" disabled={!open}>
        Send
      </button>
      <span className="hint">Enter sends, Shift+Enter begins a line</span>
    </form>
  );
}

function Choice(props: { label: string; checked: boolean; onChoose: () => void }): ReactElement {
  return (
    <label>
      <input type="radio" name="kind" checked={props.checked} onChange={props.onChoose} /> {props.label}
    </label>
  );
}

function readHex(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/\s/g, "");
  return /^([0-9a-f]{2})*$/i.test(digits)
    ? Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : undefined;
}

function toHex(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function fromHex(text: string): string | undefined {
  const bytes = readHex(text);
  return bytes && new TextDecoder().decode(bytes);
}
