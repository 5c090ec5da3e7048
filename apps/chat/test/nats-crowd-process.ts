// A server of its own that has Bob in the lobby, for tests that kill it: `node nats-crowd-process.ts URL TTL_MS`.
import { openNatsCrowd } from "../src/server/nats-crowd.ts";

const [, , url = "", ttlMs] = process.argv;
const crowd = await openNatsCrowd(url, { serverTtlMs: Number(ttlMs) });
const bob = { shown: "Bob", key: "bob" };
crowd.follow({
  presence: ({ people }) => console.log(`people ${people}`),
  typing: () => {},
  whispered: (_, { text }) => console.log(`whispered ${text}`),
  replaced: ({ shown }) => console.log(`replaced ${shown}`),
});
await crowd.claim(bob, "his");
crowd.join("lobby", bob);
