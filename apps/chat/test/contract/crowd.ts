// What every crowd promises, as tests. Knows no crowd: each brings itself, and says how time passes for it.
import { describe } from "vitest";
import { names } from "./crowd-names.ts";
import { presence } from "./crowd-presence.ts";
import { shared } from "./crowd-shared.ts";
import { crowdTest, type CrowdTraits, type Gathering } from "./crowd-test.ts";
import { voices } from "./crowd-voices.ts";

export function crowdContract(
  name: string,
  traits: CrowdTraits,
  create: () => Promise<Gathering> | Gathering,
): void {
  describe(`${name} keeps the contract of a crowd`, () => {
    const test = crowdTest(create);
    names(test);
    presence(test, traits);
    voices(test);
    if (traits.isShared) shared(test);
  });
}
