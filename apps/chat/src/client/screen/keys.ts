// What each key does on the screen. Pure; knows neither terminal nor session.
import type { Motion } from "./editor.ts";

/** A key as Node.js's `emitKeypressEvents` tells it. */
export interface Key {
  /** What it writes, if it does. */
  readonly text: string | undefined;
  /** "return", "pageup", "a". */
  readonly name: string | undefined;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

export type Action =
  | { readonly do: "move" | "remove"; readonly motion: Motion }
  | { readonly do: "write"; readonly text: string }
  | { readonly do: "recall" | "scroll" | "switch"; readonly step: 1 | -1 }
  | { readonly do: "paste"; readonly isPasting: boolean }
  | { readonly do: "enter" | "complete" | "repaint" | "interrupt" | "end" | "suspend" | "nothing" };

const actions: Readonly<Record<string, Action>> = {
  left: { do: "move", motion: "left" },
  right: { do: "move", motion: "right" },
  home: { do: "move", motion: "start" },
  end: { do: "move", motion: "end" },
  "ctrl-a": { do: "move", motion: "start" },
  "ctrl-e": { do: "move", motion: "end" },
  "ctrl-b": { do: "move", motion: "left" },
  "ctrl-f": { do: "move", motion: "right" },
  "ctrl-left": { do: "move", motion: "word-left" },
  "ctrl-right": { do: "move", motion: "word-right" },
  "meta-b": { do: "move", motion: "word-left" },
  "meta-f": { do: "move", motion: "word-right" },
  backspace: { do: "remove", motion: "left" },
  "ctrl-h": { do: "remove", motion: "left" },
  delete: { do: "remove", motion: "right" },
  "ctrl-w": { do: "remove", motion: "word-left" },
  "meta-backspace": { do: "remove", motion: "word-left" },
  "ctrl-u": { do: "remove", motion: "start" },
  "ctrl-k": { do: "remove", motion: "end" },
  up: { do: "recall", step: 1 },
  down: { do: "recall", step: -1 },
  pageup: { do: "scroll", step: 1 },
  pagedown: { do: "scroll", step: -1 },
  "ctrl-n": { do: "switch", step: 1 },
  "ctrl-p": { do: "switch", step: -1 },
  return: { do: "enter" },
  enter: { do: "enter" },
  tab: { do: "complete" },
  "ctrl-l": { do: "repaint" },
  "ctrl-c": { do: "interrupt" },
  "ctrl-d": { do: "end" },
  "ctrl-z": { do: "suspend" },
  "paste-start": { do: "paste", isPasting: true },
  "paste-end": { do: "paste", isPasting: false },
};

/** @param isPasting what is pasted is written, whatever it would do as a key. */
export function actionOf({ text, name = "", ctrl, meta }: Key, isPasting: boolean): Action {
  const action = actions[`${ctrl ? "ctrl-" : ""}${meta ? "meta-" : ""}${name}`];
  if (isPasting && action?.do === "enter") return { do: "write", text: "\n" };
  if (isPasting && action?.do === "complete") return { do: "write", text: " " };
  if (action !== undefined) return action;
  return text === undefined || ctrl || meta ? { do: "nothing" } : { do: "write", text };
}
