// Bencoded bytes to values (BEP 3), strictly: there is one way to write a value, and nothing else is taken. Knows no meaning.
import { ProtocolError } from "@socketlab/core/browser";
import type { Dictionary, Value } from "./value.ts";

export interface DecodeOptions {
  /** More is refused unread: 64 MiB, where the hashes of as many pieces as a torrent may have take 40. */
  readonly maxBytes?: number;
  /** Lists and dictionaries within one another: 100, each a call on the stack. */
  readonly maxDepth?: number;
  /** Values and keys: 2,500,000, each an object in memory. */
  readonly maxTokens?: number;
  /**
   * For trackers and peers that do not sort: what they say is not hashed. Where a key comes twice it is refused all the
   * same. Never for a torrent.
   */
  readonly unsortedKeys?: boolean;
}

const MAX_BYTES: number = 64 * 1024 * 1024;
const MAX_DEPTH = 100;
const MAX_TOKENS = 2_500_000;
/** A file's name is a key in BEP 52, and no disk keeps a longer one; an info-hash is, in BEP 48. */
const MAX_KEY_BYTES = 255;
/** Of 2⁵³ − 1, the largest integer that a number keeps. */
const MAX_DIGITS = 16;

const [MINUS, ZERO, NINE, COLON] = [0x2d, 0x30, 0x39, 0x3a];
const [DICTIONARY, END, INTEGER, LIST] = [0x64, 0x65, 0x69, 0x6c];

/**
 * One value, and nothing behind it. Byte strings are views of `bytes`, not copies.
 * @throws ProtocolError `bad-bencode`, which says what is wrong at which byte.
 */
export function decode(bytes: Uint8Array, options?: DecodeOptions): Value {
  const { value, end } = decodePrefix(bytes, options);
  refuseRest(bytes, end);
  return value;
}

/** The value that `bytes` begin with, and where it ends. @throws ProtocolError `bad-bencode`. */
export function decodePrefix(bytes: Uint8Array, options?: DecodeOptions): { value: Value; end: number } {
  const reader = new Reader(bytes, options);
  return { value: reader.value(0), end: reader.at };
}

/**
 * A dictionary, and the bytes that each of its values was read from: what is hashed, since encoding again need not give
 * the same. @throws ProtocolError `bad-bencode`.
 */
export function decodeParts(
  bytes: Uint8Array,
  options?: DecodeOptions,
): { value: Dictionary; parts: ReadonlyMap<string, Uint8Array> } {
  const reader = new Reader(bytes, options);
  if (bytes[0] !== DICTIONARY) throw bad(0, `a dictionary belongs here, not ${shown(bytes[0])}`);
  const parts = new Map<string, Uint8Array>();
  const value = reader.dictionary(0, (key, start, end) => parts.set(key, bytes.subarray(start, end)));
  refuseRest(bytes, reader.at);
  return { value, parts };
}

class Reader {
  at = 0;
  #tokensLeft: number;
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  readonly #maxTokens: number;
  readonly #unsortedKeys: boolean;

  constructor(bytes: Uint8Array, options: DecodeOptions = {}) {
    const { maxBytes = MAX_BYTES, maxDepth = MAX_DEPTH, maxTokens = MAX_TOKENS } = options;
    if (bytes.length > maxBytes)
      throw new ProtocolError(
        "bad-bencode",
        `it has ${bytes.length} bytes, and ${maxBytes} are taken at most`,
      );
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#maxTokens = this.#tokensLeft = maxTokens;
    this.#unsortedKeys = options.unsortedKeys ?? false;
  }

  value(depth: number): Value {
    const first = this.#bytes[this.at];
    if (first === DICTIONARY) return this.dictionary(depth);
    if (first === LIST) return this.#list(depth);
    this.#count();
    if (first === INTEGER) return this.#integer();
    if (isDigit(first)) return this.#string();
    throw bad(this.at, `a value belongs here, not ${shown(first)}`);
  }

  /** @param onValue is told each key, and where its value begins and ends. */
  dictionary(depth: number, onValue?: (key: string, start: number, end: number) => void): Dictionary {
    const start = this.#enter(depth);
    const entries = new Map<string, Value>();
    let last: string | undefined;
    while (this.#bytes[this.at] !== END) {
      const at = this.at;
      if (at === this.#bytes.length) throw bad(at, `the dictionary that begins at byte ${start} has no end`);
      const key = this.#key();
      if (entries.has(key)) throw bad(at, `the key ${quoted(key)} comes a second time`);
      if (last !== undefined && key < last && !this.#unsortedKeys)
        throw bad(at, `the key ${quoted(key)} comes behind ${quoted(last)}, and keys are sorted`);
      last = key;
      const valueAt = this.at;
      entries.set(key, this.value(depth + 1));
      onValue?.(key, valueAt, this.at);
    }
    this.at++;
    return entries;
  }

  #list(depth: number): Value[] {
    const start = this.#enter(depth);
    const values: Value[] = [];
    while (this.#bytes[this.at] !== END) {
      if (this.at === this.#bytes.length)
        throw bad(this.at, `the list that begins at byte ${start} has no end`);
      values.push(this.value(depth + 1));
    }
    this.at++;
    return values;
  }

  #enter(depth: number): number {
    this.#count();
    if (depth >= this.#maxDepth)
      throw bad(this.at, `more than ${this.#maxDepth} lists and dictionaries within one another`);
    return this.at++;
  }

  #key(): string {
    const at = this.at;
    this.#count();
    if (!isDigit(this.#bytes[at])) throw bad(at, `a key belongs here, not ${shown(this.#bytes[at])}`);
    const bytes = this.#string();
    if (bytes.length > MAX_KEY_BYTES)
      throw bad(at, `a key has ${bytes.length} bytes, and ${MAX_KEY_BYTES} are taken at most`);
    return String.fromCharCode(...bytes);
  }

  #string(): Uint8Array {
    const start = this.at;
    const length = this.#number("a string's length", COLON);
    const left = this.#bytes.length - this.at;
    if (length > left) throw bad(start, `a string of ${length} bytes, of which ${left} are there`);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  #integer(): number {
    const start = this.at++;
    const isNegative = this.#bytes[this.at] === MINUS;
    if (isNegative) this.at++;
    const number = this.#number("an integer", END);
    if (isNegative && number === 0) throw bad(start, "an integer is written -0, and zero has no sign");
    return isNegative ? -number : number;
  }

  #number(what: string, end: number): number {
    const start = this.at;
    let number = 0;
    for (let digit = this.#bytes[this.at]; isDigit(digit); digit = this.#bytes[++this.at]) {
      if (this.at === start + 1 && number === 0) throw bad(start, `${what} begins with a zero too many`);
      if (this.at - start >= MAX_DIGITS) throw bad(start, `${what} is larger than 2⁵³ − 1`);
      number = number * 10 + (digit - ZERO);
    }
    if (!Number.isSafeInteger(number)) throw bad(start, `${what} is larger than 2⁵³ − 1`);
    const last = this.#bytes[this.at];
    if (this.at === start) throw bad(start, `${what} belongs here, not ${shown(last)}`);
    if (last !== end)
      throw bad(this.at, `${what} goes on with ${shown(last)}, not "${String.fromCharCode(end)}"`);
    this.at++;
    return number;
  }

  #count(): void {
    if (this.#tokensLeft-- === 0) throw bad(this.at, `more than ${this.#maxTokens} values and keys`);
  }
}

function refuseRest(bytes: Uint8Array, end: number): void {
  if (end < bytes.length) throw bad(end, `the value has ended, and ${bytes.length - end} more bytes follow`);
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function shown(byte: number | undefined): string {
  if (byte === undefined) return "the end";
  return byte > 0x20 && byte < 0x7f ? JSON.stringify(String.fromCharCode(byte)) : `a byte of ${byte}`;
}

/** What cannot be seen is written in hexadecimal: the sentence ends up in a terminal. */
function quoted(key: string): string {
  const start = key.length > 40 ? `${key.slice(0, 40)}…` : key;
  return `"${start.replace(/[^ -~…]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`)}"`;
}

function bad(at: number, why: string): ProtocolError {
  return new ProtocolError("bad-bencode", `at byte ${at}: ${why}`);
}
