// What a bitfield promises: what was set is there, its bytes are BEP 3's, and what cannot be is refused.
import { ProtocolError } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Bitfield } from "../../src/engine/bitfield.ts";

test("the first piece is the highest bit of the first byte", () => {
  const field = new Bitfield(10);
  field.set(0);
  field.set(9);
  expect(field.toBytes()).toEqual(Uint8Array.of(0x80, 0x40));
});

test("set, clear and count are those of a set of numbers, and bytes give the same back", () => {
  const step = fc.tuple(fc.boolean(), fc.nat({ max: 99 }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.array(step), (length, steps) => {
      const field = new Bitfield(length);
      const model = new Set<number>();
      for (const [isSet, number] of steps) {
        const index = number % length;
        if (isSet) expect(field.set(index)).toBe(!model.has(index));
        else expect(field.clear(index)).toBe(model.has(index));
        if (isSet) model.add(index);
        else model.delete(index);
      }
      expect([...field]).toEqual([...model].toSorted((a, b) => a - b));
      expect(field.count).toBe(model.size);
      expect(field.isFull).toBe(model.size === length);
      expect([...Bitfield.from(field.toBytes(), length)]).toEqual([...field]);
    }),
  );
});

test("any bytes are a bitfield or are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5 }), fc.nat({ max: 40 }), (bytes, length) => {
      try {
        const field = Bitfield.from(bytes, length);
        expect(field.toBytes()).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});

test.each([
  ["too few bytes", Uint8Array.of(0), 9, "has 2 bytes; 1 were given"],
  ["a bit beyond the last piece", Uint8Array.of(0b0001_0000), 3, "beyond the last of 3"],
])("%s is refused", (_, bytes, length, sentence) => {
  expect(() => Bitfield.from(bytes, length)).toThrow(sentence);
});
