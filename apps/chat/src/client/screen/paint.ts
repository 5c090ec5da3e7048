// Colours, as something that is handed in: a layout can be tested without them. Knows no layout.
import { styleText } from "node:util";

export type PaintStyle =
  "plain" | "bold" | "dim" | "red" | "yellow" | "green" | "cyan" | "magenta" | "inverse";
export type Paint = (style: PaintStyle, text: string) => string;

export const unpainted: Paint = (_style, text) => text;

/** In colours, unless the output or NO_COLOR says otherwise. */
export function paintFor(stream: NodeJS.WritableStream): Paint {
  return (style, text) => (style === "plain" ? text : styleText(style, text, { stream }));
}
