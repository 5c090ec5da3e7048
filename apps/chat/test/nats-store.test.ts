// Holds the JetStream store to the contract of stores, on one NATS server.
import { expect, test, describe, beforeAll } from "vitest";
import { openNatsStore } from "../src/server/nats-store.ts";
import { storeContract } from "./contract/store.ts";
import { Nats } from "./nats.ts";
import { needs } from "./needs.ts";

describe("with one NATS server", needs("nats-server", "apt-get install nats-server"), () => {
  let nats: Nats;
  let rooms = 0;
  beforeAll(async () => {
    nats = await Nats.start(1);
  });

  storeContract("JetStream", { survivesClose: true, isShared: true, hasOwnClock: true }, () => {
    const url = `${nats.url}/t${rooms++}`;
    return { open: () => openNatsStore(url), discard: () => {} };
  });

  test("x", () => expect(1).toBe(1));
});
