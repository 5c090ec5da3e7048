// What the file-transfer server says of itself when its doors are open. Prints nothing.
import { formatEndpoint, type Endpoint } from "@socketlab/core";
import type { Greeting } from "@socketlab/core/server-kit";

/** @param place where the files are that are served, for people */
export function greetingOf(place: string): Greeting {
  return {
    title: (doors) => `File transfer waits at ${doors}, and serves ${place}.`,
    call: (url) => `npm run -s file-transfer -- list ${url}`,
    others: linksAt,
    notes: ([first]) => [
      "Send something:",
      `  npm run -s file-transfer -- put README.md ${formatEndpoint(first!).replace(/\/$/, "")}/inbox`,
    ],
    next: [
      "read   labs/6-flow-control-resume-and-integrity.md",
      "copy   npm run new -- file-transfer ../my-file-transfer",
    ],
  };
}

/** Where WebSocket is spoken, HTTP is, too. */
function linksAt(endpoint: Endpoint): string[] {
  if (endpoint.transport !== "ws" && endpoint.transport !== "wss") return [];
  return [`curl ${formatEndpoint(endpoint).replace(/^ws/, "http").replace(/\/?$/, "/files/")}`];
}
