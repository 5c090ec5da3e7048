// A line becomes words, and words become a line again.
import fc from "fast-check";
import { expect, test } from "vitest";
import { cutWords, parseWords, writeWord } from "../../src/client/prompt/words.ts";

test.each([
  [`get a b`, ["get", "a", "b"]],
  [`  get\t"a b"  'c d' `, ["get", "a b", "c d"]],
  [String.raw`put a\ b it\'s`, ["put", "a b", "it's"]],
  [`a"b c"d'e f'`, ["ab cde f"]],
  [String.raw`"a \"b\" \\ \n" '\n'`, [String.raw`a "b" \ \n`, String.raw`\n`]],
  [`'' ""`, ["", ""]],
  [`# $HOME * ~ ; |`, ["#", "$HOME", "*", "~", ";", "|"]],
  ["", []],
])("%j", (line, words) => {
  expect(parseWords(line)).toEqual(words);
});

test.each([
  [`get "a b`, /a " is missing/],
  [`get 'a b`, /a ' is missing/],
  [`get a\\`, /ends after a \\/],
])("%j is not whole, and says so", (line, sentence) => {
  expect(() => parseWords(line)).toThrow(sentence);
});

test("any text written as a word, in any quotes, is that text again", () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom(" ", "'", '"', "\\", "$", "*", "~", "a"), fc.string({ unit: "grapheme" })),
  });
  const quote = fc.constantFrom("" as const, "'" as const, '"' as const);
  fc.assert(
    fc.property(fc.array(fc.tuple(text, quote)), (words) => {
      const line = words.map(([each, by]) => writeWord(each, by) + by).join(" ");
      expect(parseWords(line)).toEqual(words.map(([each]) => each));
    }),
  );
});

test("the words are where they are said to be, and never throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(" ", "'", '"', "\\", "a", "b") }), (line) => {
      let at = 0;
      for (const { raw } of cutWords(line)) {
        expect(line.slice(at, line.indexOf(raw, at)).trim()).toBe("");
        at = line.indexOf(raw, at) + raw.length;
      }
      expect(line.slice(at).trim()).toBe("");
    }),
  );
});
