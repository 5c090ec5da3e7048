// What a person can write after a slash, and what it means. Knows no session.
import { nearestWord } from "@socketlab/core/terminal";

export type Command =
  | { readonly do: "say"; readonly text: string }
  | { readonly do: "join" | "name"; readonly what: string }
  | { readonly do: "leave"; readonly what: string | undefined }
  | { readonly do: "whisper"; readonly to: string; readonly text: string }
  | { readonly do: "who" | "history" | "help" | "quit" }
  | { readonly do: "complain"; readonly why: string };

export const commandHelp: readonly (readonly [string, string])[] = [
  ["/join ROOM", "join a room, or go to it"],
  ["/leave [ROOM]", "leave this room, or another one"],
  ["/who", "who is here"],
  ["/whisper NAME TEXT", "say it to one person; it is not stored"],
  ["/history", "fetch what was said before"],
  ["/name NAME", "come in under another name, when yours was refused"],
  ["/help", "this"],
  ["/quit", "leave"],
  ["//text", "say something that begins with a slash"],
  ["Tab", "complete a name, a room or a command"],
  ["PageUp, PageDown", "scroll"],
  ["Ctrl-N, Ctrl-P", "the next room, the one before"],
  ["Up, Down", "what you typed before"],
];

export const commandNames: readonly string[] = commandHelp.flatMap(([usage]) =>
  /^\/[a-z]/.test(usage) ? [usage.split(" ")[0]!] : [],
);

/** @param names of people who are known: a name may have spaces. */
export function parseCommand(line: string, names: readonly string[]): Command {
  if (!line.startsWith("/")) return { do: "say", text: line };
  if (line.startsWith("//")) return { do: "say", text: line.slice(1) };
  const [, word = "", rest = ""] = /^(\/\S*)\s*(.*)$/s.exec(line) ?? [];
  const what = rest.trim();
  switch (word) {
    case "/join":
    case "/name":
      return what === ""
        ? { do: "complain", why: `${word} needs a name after it` }
        : { do: word === "/join" ? "join" : "name", what };
    case "/leave":
      return { do: "leave", what: what === "" ? undefined : what };
    case "/whisper":
      return whisper(what, names);
    case "/who":
      return { do: "who" };
    case "/history":
      return { do: "history" };
    case "/help":
      return { do: "help" };
    case "/quit":
      return { do: "quit" };
    default: {
      const near = nearestWord(word, [...commandNames]);
      const meant = near === undefined ? "/help lists them" : `did you mean ${near}?`;
      return { do: "complain", why: `there is no command ${word}; ${meant}` };
    }
  }
}

function whisper(what: string, names: readonly string[]): Command {
  const known = names
    .filter((name) => what.toLowerCase().startsWith(`${name.toLowerCase()} `))
    .toSorted((a, b) => b.length - a.length)[0];
  const to = known ?? /^\S*/.exec(what)![0];
  const text = what.slice(to.length).trim();
  if (to === "" || text === "") return { do: "complain", why: "it is /whisper NAME TEXT" };
  return { do: "whisper", to, text };
}
