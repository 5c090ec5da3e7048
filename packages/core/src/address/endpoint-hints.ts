// What the author of a faulty endpoint may have meant. Knows how people err, and leaves it to the parser to judge.

import type { Transport } from "./endpoint.ts";

/** What is wrong with a text, and texts to try instead, likeliest first; those that do not parse are passed over. */
export interface Problem {
  readonly what: string;
  readonly meant: readonly string[];
}

export function problem(what: string, ...meant: string[]): Problem {
  return { what, meant };
}

/** Other names under which people know these transports. */
const otherNames: ReadonlyMap<string, Transport> = new Map<string, Transport>([
  ["http", "ws"],
  ["https", "wss"],
  ["ssl", "tls"],
  ["tcps", "tls"],
  ["memory", "mem"],
]);

/** The transport that someone meant who wrote this scheme: by another name of it, or by a slip of the hand; else "tcp". */
export function nearestTransport(scheme: string, transports: readonly Transport[]): Transport {
  const word = scheme.toLowerCase();
  return otherNames.get(word) ?? transports.find((transport) => isOneSlip(transport, word)) ?? "tcp";
}

/** Whether one letter is added, missing or changed, or two neighbours are swapped. (Damerau 1964) */
function isOneSlip(right: string, typed: string): boolean {
  if (Math.abs(right.length - typed.length) > 1) return false;
  let at = 0;
  while (at < right.length && right[at] === typed[at]) at++;
  const rest = right.slice(at);
  const restTyped = typed.slice(at);
  return (
    rest === restTyped.slice(1) ||
    rest.slice(1) === restTyped ||
    rest.slice(1) === restTyped.slice(1) ||
    (rest.slice(2) === restTyped.slice(2) && rest[0] === restTyped[1] && rest[1] === restTyped[0])
  );
}

/** The same with a transport in front, for `127.0.0.1:7007`, `//127.0.0.1:7007`, `udp:127.0.0.1:7007`, `:7007` and `7007`. */
export function withScheme(text: string): string[] {
  const [, word, rest = ""] = /^(?:([a-z]{2,3}):)?\/*(.*)$/iu.exec(text) ?? [];
  const asWritten = `tcp://${text}`;
  return [
    ...(word === undefined ? [] : [`${word}://${rest}`]),
    asWritten,
    `tcp://${rest}`,
    `tcp://127.0.0.1:${rest.replace(/^:/, "")}`,
  ];
}
