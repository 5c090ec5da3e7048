// What the server says when its doors are open: each with the commands that talk to it, and where to go next.
import { formatEndpoint, type Endpoint } from "@socketlab/core";
import { CERTIFICATE_FILE } from "./certificate.ts";

export interface Occasion {
  readonly kind: "lab" | "server";
  /** The certificate is our own, in its file. */
  readonly signedByUs: boolean;
  readonly hasPage: boolean;
}

const CLIENT = "npm run -s echo -- client";

export function welcome(endpoints: readonly Endpoint[], occasion: Occasion): string {
  const rows = endpoints.map((endpoint) => [formatEndpoint(endpoint), ...callsTo(endpoint, occasion)]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(([url, ours, theirs]) =>
    `  ${url!.padEnd(widths[0]!)}   ${ours!.padEnd(widths[1]!)}   ${theirs}`.trimEnd(),
  );
  const doors = endpoints.length === 1 ? "1 door" : `${endpoints.length} doors`;
  return [
    `Echo waits at ${doors}. In another terminal:`,
    "",
    ...lines,
    ...(occasion.kind === "lab" ? ["", ...next] : []),
    "",
    "Ctrl-C stops it.",
  ].join("\n");
}

const next = [
  "Where to go next:",
  "  read   labs/1-processes-messages-and-sockets.md",
  "  copy   npm run new -- echo ../my-echo",
];

/** Our client's call, and a foreign program's. */
function callsTo(
  { transport, host, port, path }: Endpoint,
  { signedByUs, hasPage }: Occasion,
): [string, string] {
  const url = formatEndpoint({ transport, host, port, path });
  const trust = signedByUs && (transport === "tls" || transport === "wss") ? ` --ca ${CERTIFICATE_FILE}` : "";
  const ours = `${CLIENT} ${url} hello${trust}`;
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  switch (transport) {
    case "tcp":
      return [ours, `nc ${host} ${port}`];
    case "udp":
      return [ours, `nc -u ${host} ${port}`];
    case "tls":
      return [
        ours,
        `openssl s_client -quiet -connect ${authority}${signedByUs ? ` -CAfile ${CERTIFICATE_FILE}` : ""}`,
      ];
    default: {
      const page = `${transport === "wss" ? "https" : "http"}://${authority}/`;
      return [ours, hasPage ? `browser: ${page}` : ""];
    }
  }
}
