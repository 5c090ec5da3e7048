// What a server says when its doors are open: each with the commands that talk to it, and where to go next. Knows no app.
import { formatEndpoint, type Endpoint } from "../address/endpoint.ts";
import { CERTIFICATE_FILE } from "./certificate.ts";

/** What only the app can say. */
export interface Greeting {
  /** One sentence. @param doors "2 doors", say */
  readonly title: (doors: string) => string;
  /** The command that calls our client. */
  readonly call: (url: string) => string;
  /** How people write a door, where it is not `formatEndpoint`: http:// for one at which nobody speaks WebSocket, say. */
  readonly show?: (endpoint: Endpoint) => string;
  /** The command that opens other doors, for whom a port is busy. Default: one of `server`. */
  readonly otherDoors?: string;
  /** What other programs can do there, beside a browser. Default: nc, or openssl, as for messages that a person can type. */
  readonly others?: (endpoint: Endpoint) => readonly string[];
  /** Lines that follow the doors. */
  readonly notes?: (endpoints: readonly Endpoint[]) => readonly string[];
  /** Where to go next, for who runs the lab: a chapter, a way to make a copy. */
  readonly next: readonly string[];
}

export interface Occasion {
  /** In the lab, and not in a copy of the app, which has no chapters. */
  readonly showsNext: boolean;
  /** The certificate is our own, in its file. */
  readonly signedByUs: boolean;
  readonly hasPage: boolean;
}

export function welcome(greeting: Greeting, endpoints: readonly Endpoint[], occasion: Occasion): string {
  const urls = endpoints.map(greeting.show ?? formatEndpoint);
  const width = Math.max(...urls.map((url) => url.length));
  const doors = endpoints.flatMap((endpoint, at) =>
    callsTo(endpoint, greeting, occasion).map(
      (call, line) => `  ${(line === 0 ? urls[at]! : "").padEnd(width)}   ${call}`,
    ),
  );
  const count = endpoints.length === 1 ? "1 door" : `${endpoints.length} doors`;
  const paragraphs = [
    [`${greeting.title(count)} Talk to it from another terminal:`],
    doors,
    greeting.notes?.(endpoints) ?? [],
    occasion.showsNext ? ["Where to go next:", ...greeting.next.map((line) => `  ${line}`)] : [],
    ["Ctrl-C stops it."],
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** Our client's call, and what foreign programs can do. */
function callsTo(endpoint: Endpoint, greeting: Greeting, { signedByUs, hasPage }: Occasion): string[] {
  const { transport, host, port } = endpoint;
  const isTls = transport === "tls" || transport === "wss";
  const trust = signedByUs && isTls ? ` --ca ${CERTIFICATE_FILE}` : "";
  const ours = `${greeting.call((greeting.show ?? formatEndpoint)(endpoint))}${trust}`;
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (hasPage && (transport === "ws" || transport === "wss"))
    return [
      `${isTls ? "https" : "http"}://${authority}/ in a browser`,
      ours,
      ...(greeting.others?.(endpoint) ?? []),
    ];
  if (greeting.others !== undefined) return [ours, ...greeting.others(endpoint)];
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
    default:
      return [ours];
  }
}
