// What the server says when its doors are open: each with the commands that talk to it, and where to go next.
import { formatEndpoint, type Endpoint } from "@socketlab/core";
import { CERTIFICATE_FILE } from "@socketlab/core/server-kit";

export interface Occasion {
  readonly kind: "lab" | "server";
  /** The certificate is our own, in its file. */
  readonly signedByUs: boolean;
  readonly hasPage: boolean;
  /** Where what is said is kept. */
  readonly place: string;
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
    `Chat waits at ${count}, and keeps what is said in ${occasion.place}. Talk to it from another terminal:`,
    "",
    ...doors,
    ...(endpoints.some(({ transport }) => transport === "tcp" || transport === "tls") ? ["", ...byHand] : []),
    ...(occasion.kind === "lab" && occasion.isInSocketlab ? ["", ...next] : []),
    "",
    "Ctrl-C stops it.",
  ].join("\n");
}

const byHand = [
  "By hand, type a line of JSON for each message:",
  '  {"type":"hello","name":"bob"}',
  '  {"type":"join","room":"lobby"}',
  '  {"type":"say","room":"lobby","id":"1","text":"hello by hand"}',
];

const next = [
  "Where to go next:",
  "  read   labs/4-many-conversations-slow-readers-and-history.md",
  "  copy   npm run new -- chat ../my-chat",
];

/** Our client's call, and what foreign programs can do. */
function callsTo({ transport, host, port, path }: Endpoint, { signedByUs, hasPage }: Occasion): string[] {
  const url = formatEndpoint({ transport, host, port, path });
  const isTls = transport === "tls" || transport === "wss";
  const ours = `${CLIENT} ${url} --name ann --room lobby${signedByUs && isTls ? ` --ca ${CERTIFICATE_FILE}` : ""}`;
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  switch (transport) {
    case "tcp":
      return [ours, `nc ${host} ${port}`];
    case "tls":
      return [
        ours,
        `openssl s_client -quiet -connect ${authority}${signedByUs ? ` -CAfile ${CERTIFICATE_FILE}` : ""}`,
      ];
    default:
      return hasPage ? [`${isTls ? "https" : "http"}://${authority}/ in a browser`, ours] : [ours];
  }
}
