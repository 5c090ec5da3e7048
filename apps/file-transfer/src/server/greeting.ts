// What the file-transfer server says of itself when its doors are open. Prints nothing.
import type { Greeting } from "@socketlab/core/server-kit";

/** @param folder what is served, for people */
export function greetingOf(folder: string): Greeting {
  return {
    title: (doors) => `File transfer waits at ${doors}, and serves ${folder}.`,
    call: (url) => `npm run -s file-transfer -- list ${url}`,
    notes: () => [
      "Send something:",
      "  npm run -s file-transfer -- put README.md tcp://127.0.0.1:4101/inbox",
    ],
    next: ["copy   npm run new -- file-transfer ../my-file-transfer"],
  };
}
