// Holds the JetStream store to the contract of stores on one NATS server, and to what only a broker can do to it.
import { needs } from "@socketlab/core/test-kit";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { beforeAll, describe } from "vitest";
import { openNatsStore } from "../src/server/nats-store.ts";
import { storeContract } from "./contract/store.ts";

describe("with one NATS server", needs("nats-server"), () => {
  let nats: Nats;
  let stores = 0;
  beforeAll(async () => {
    nats = await Nats.start(1);
  });

  storeContract("JetStream", () => {
    const url = `${nats.url}/t${stores++}`;
    return { open: (options) => openNatsStore(url, options), discard: () => {} };
  });
});
