// A person for tests of crowds. Knows no crowd.
import { parseName, type Named } from "../../src/names.ts";

export function named(name: string): Named {
  const person = parseName(name);
  if (person === undefined) throw new Error(`${name} is no name`);
  return person;
}
