// The URL of a broker: its servers, who we are, and what all that is ours begins with. Connects to nothing.
import type { ConnectionOptions } from "@nats-io/transport-node";
import { UsageError } from "@socketlab/core";

export interface BrokerAddress {
  /** For the client library. */
  readonly options: Pick<ConnectionOptions, "servers" | "user" | "pass" | "token">;
  readonly name: string | undefined;
  /** Where it is, without the password. */
  readonly shown: string;
}

/**
 * @param url `nats://[user:password@|token@]host[:port][,host[:port]…][/name]`.
 * @throws UsageError `bad-store` if it is none.
 */
export function parseBrokerUrl(url: string): BrokerAddress {
  const match = /^nats:\/\/(?:(?<secret>[^@/]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<name>[\w-]*))?$/.exec(url);
  const { secret, hosts, name } = match?.groups ?? {};
  const servers = hosts?.split(",") ?? [];
  const [user, pass] = (secret ?? "").split(":").map(unescape);
  if (!servers.every(isHost) || servers.length === 0 || user === undefined)
    throw new UsageError(
      "bad-store",
      `${url.replace(/\/\/.*@/, "//…@")} is no address of a broker: write nats://host:4222, ` +
        "nats://host:4222,host:4222,host:4222 or nats://user:password@host:4222",
    );
  const credentials = pass === undefined ? { token: user } : { user, pass };
  return {
    options: { servers, ...(secret !== undefined && credentials) },
    name: name || undefined,
    shown: `nats://${hosts}`,
  };
}

function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isHost(host: string): boolean {
  return host !== "" && URL.canParse(`nats://${host}`);
}
