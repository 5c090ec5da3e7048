// What every store promises, as tests. Knows no store: each brings itself.
import { describe } from "vitest";
import { changes } from "./store-changes.ts";
import { limits } from "./store-limits.ts";
import { listing } from "./store-listing.ts";
import { reading } from "./store-reading.ts";
import { storeTest, type Storage } from "./store-test.ts";
import { uploads } from "./store-uploads.ts";
import { words } from "./store-words.ts";

export function storeContract(name: string, create: () => Promise<Storage> | Storage): void {
  describe(`${name} keeps the contract of a store`, () => {
    const test = storeTest(create);
    uploads(test);
    reading(test);
    listing(test);
    changes(test);
    limits(test);
    words(test);
  });
}
