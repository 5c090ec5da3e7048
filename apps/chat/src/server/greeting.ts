// What the chat server says of itself when its doors are open. Prints nothing.
import type { Greeting } from "@socketlab/core/server-kit";

const byHand = [
  "By hand, type a line of JSON for each message:",
  '  {"type":"hello","name":"bob"}',
  '  {"type":"join","room":"lobby"}',
  '  {"type":"say","room":"lobby","id":"1","text":"hello by hand"}',
];

/** @param place where what is said is kept */
export function greetingOf(place: string): Greeting {
  return {
    title: (doors) => `Chat waits at ${doors}, and keeps what is said in ${place}.`,
    call: (url) => `npm run -s chat -- client ${url} --name ann --room lobby`,
    notes: (endpoints) =>
      endpoints.some(({ transport }) => transport === "tcp" || transport === "tls") ? byHand : [],
    next: [
      "read   labs/4-many-conversations-slow-readers-and-history.md",
      "copy   npm run new -- chat ../my-chat",
    ],
  };
}
