// What the server says when its doors are open: each with the commands that talk to it, and where to go next.
import { formatEndpoint, type Endpoint } from "@socketlab/core";

export interface Occasion {
  readonly kind: "lab" | "server";
  readonly hasPage: boolean;
  /** Where the messages are, as it was asked for. */
  readonly store: string;
  /** The app is in Socketlab's repository, with its chapters; a copy of it is not. */
  readonly isInSocketlab: boolean;
}

const CLIENT = "npm run -s chat -- client";

export function welcome(endpoints: readonly Endpoint[], occasion: Occasion): string {
  const urls = endpoints.map(formatEndpoint);
  const width = Math.max(...urls.map((url) => url.length));
  const doors = endpoints.flatMap((endpoint, at) =>
    callsTo(endpoint, occasion).map(
      (call, line) => `  ${(line === 0 ? urls[at]! : "").padEnd(width)}   ${call}`,
    ),
  );
  const count = endpoints.length === 1 ? "1 door" : `${endpoints.length} doors`;
  return [
    `Chat waits at ${count}, and keeps what is said in ${occasion.store}. Talk to it from another terminal:`,
    "",
    ...doors,
    ...(endpoints.some(({ transport }) => transport === "tcp") ? ["", ...byHand] : []),
    ...(occasion.kind === "lab" && occasion.isInSocketlab ? ["", ...next] : []),
    "",
    "Ctrl-C stops it.",
  ].join("\n");
}

const byHand = [
  "With nc, type a line of JSON for each message:",
  '  {"type":"hello","name":"bob"}',
  '  {"type":"join","room":"lobby"}',
  '  {"type":"say","room":"lobby","id":"1","text":"hello from nc"}',
];

const next = ["Where to go next:", "  copy   npm run new -- chat ../my-chat"];

/** Our client's call, and what foreign programs can do. */
function callsTo({ transport, host, port, path }: Endpoint, { hasPage }: Occasion): string[] {
  const ours = `${CLIENT} ${formatEndpoint({ transport, host, port, path })} --name ann --room lobby`;
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (transport === "tcp") return [ours, `nc ${host} ${port}`];
  if (transport === "tls") return [ours, `openssl s_client -quiet -connect ${authority}`];
  return hasPage ? [`${transport === "wss" ? "https" : "http"}://${authority}/ in a browser`, ours] : [ours];
}
