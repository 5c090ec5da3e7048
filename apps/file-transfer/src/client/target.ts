// Whom a client's command talks to, and about which path: `tcp://host:port/folder/file`. Opens nothing.
import { parseEndpoint, UsageError, type Endpoint } from "@socketlab/core";
import { parsePath } from "../paths.ts";

export interface Target {
  readonly endpoint: Endpoint;
  /** "" is the folder that is served. */
  readonly path: string;
}

/** What follows the port is a path as it is, not percent-encoded. @throws UsageError `bad-endpoint`, `bad-path`. */
export function parseTarget(text: string): Target {
  if (!isTarget(text))
    throw new UsageError(
      "bad-endpoint",
      `${JSON.stringify(text)} names no server: tcp://, tls://, ws:// or wss://, host and port are needed`,
    );
  const [, address = text, path = ""] = /^([a-z]+:\/\/[^/]*)(?:\/(.*?))?\/?$/isu.exec(text) ?? [];
  const endpoint = parseEndpoint(address);
  if (endpoint.transport === "udp")
    throw new UsageError(
      "bad-endpoint",
      "file-transfer does not go over udp://, which loses messages; try tcp:// or ws://",
    );
  return { endpoint, path: parsePath(path) };
}

/** Whether it names a place on a server rather than a local file. */
export function isTarget(text: string): boolean {
  return /^[a-z]+:\/\//iu.test(text);
}
