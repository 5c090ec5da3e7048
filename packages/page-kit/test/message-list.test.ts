import { expect, test } from "vitest";
import { decodedText, hexRows } from "../src/message-list/hex.ts";
import { moveSelection, rowWindow } from "../src/message-list/window.ts";

test("only the rows in sight and a few beyond are drawn, however many there are", () => {
  expect(rowWindow(10_000, 30, 150_000, 360)).toEqual({ first: 4994, end: 5018 });
  expect(rowWindow(10_000, 30, 0, 360)).toEqual({ first: 0, end: 18 });
  expect(rowWindow(3, 30, 0, 360)).toEqual({ first: 0, end: 3 });
  expect(rowWindow(0, 30, 500, 360)).toEqual({ first: 0, end: 0 });
});

function from(key: string, index: number): number | undefined {
  return moveSelection(key, index, 100, 10);
}

test("keys move the selection and stay inside the list", () => {
  expect([from("ArrowDown", 5), from("ArrowUp", 5), from("PageDown", 95), from("PageUp", 3)]).toEqual([
    6, 4, 99, 0,
  ]);
  expect([from("Home", 50), from("End", 50), from("ArrowDown", 99), from("x", 5)]).toEqual([
    0,
    99,
    99,
    undefined,
  ]);
  expect(moveSelection("End", 0, 0, 10)).toBeUndefined();
});

test("a payload is shown as its bytes: text as UTF-8", () => {
  expect(hexRows("€ and more")).toEqual([
    { offset: "0000", hex: "e2 82 ac 20 61 6e 64 20", text: "··· and " },
    { offset: "0008", hex: "6d 6f 72 65", text: "more" },
  ]);
  expect(hexRows(new Uint8Array(0))).toEqual([]);
});

test("a payload is decoded where it can be", () => {
  expect(decodedText('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(decodedText("{not json")).toBe("{not json");
  expect(decodedText(new TextEncoder().encode("bytes that are text"))).toBe("bytes that are text");
  expect(decodedText(new Uint8Array([0xff, 0xfe]))).toBeUndefined();
});
