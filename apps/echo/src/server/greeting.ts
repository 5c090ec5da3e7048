// What the echo server says of itself when its doors are open. Prints nothing.
import type { Greeting } from "@socketlab/core/server-kit";

export const greeting: Greeting = {
  title: (doors) => `Echo waits at ${doors}.`,
  call: (url) => `npm run -s echo -- client ${url} hello`,
  next: ["read   labs/1-processes-messages-and-sockets.md", "copy   npm run new -- echo ../my-echo"],
};
