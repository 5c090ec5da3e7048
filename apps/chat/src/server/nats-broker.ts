// Chat's connection to NATS: the name it goes by there, and what is thrown when NATS fails it. Knows nothing of messages.
import type { Logger } from "@socketlab/core/server-kit";
import { connectBroker, type Broker } from "@socketlab/nats-kit";
import { StoreError } from "./store.ts";

/**
 * @param url as `parseBrokerUrl` takes it; the name is `chat` if it is not given.
 * @throws UsageError `bad-store` if the URL is none. StoreError if the broker cannot be reached.
 */
export function connectToNats(url: string, log?: Logger): Promise<Broker> {
  return connectBroker(url, {
    client: "socketlab chat",
    name: "chat",
    failure: (_, message, options) => new StoreError(message, options),
    log,
  });
}
