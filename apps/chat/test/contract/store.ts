// What every store promises, as tests. Knows no store: each brings itself, and says in what it differs.
import { describe } from "vitest";
import { append } from "./store-append.ts";
import { close, shared } from "./store-openings.ts";
import { follow, read } from "./store-read.ts";
import { storeTest, type Storage, type StoreTraits } from "./store-test.ts";
import { hostileWords } from "./store-words.ts";

export function storeContract(
  name: string,
  traits: StoreTraits,
  create: () => Promise<Storage> | Storage,
): void {
  describe(`${name} keeps the contract of a store`, () => {
    const test = storeTest(create);
    append(test, traits);
    read(test);
    follow(test);
    hostileWords(test);
    close(test, traits);
    if (traits.isShared) shared(test);
  });
}
