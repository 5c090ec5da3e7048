// BEP 10's handshake, and peer ids: what we say is understood, and what others say carelessly too.
import { ProtocolError } from "@socketlab/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encode } from "../../src/bencode/encode.ts";
import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
  idFor,
  mergeHandshakes,
} from "../../src/extensions/handshake.ts";
import { clientOf, newPeerId } from "../../src/extensions/peer-id.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test("the example of BEP 10 is understood", () => {
  const payload = utf8("d1:md11:LT_metadatai1e6:ut_pexi2ee1:pi6881e1:v13:\u00b5Torrent 1.2e");
  const { ids, port, client } = decodeExtensionHandshake(payload);
  expect({ ids, port, client }).toEqual({ ids: { ut_pex: 2 }, port: 6881, client: "µTorrent 1.2" });
});

test("what is encoded is decoded again", () => {
  const handshake = fc.record(
    {
      ids: fc.record(
        { ut_pex: fc.nat({ max: 255 }), lt_donthave: fc.nat({ max: 255 }) },
        { requiredKeys: [] },
      ),
      port: fc.integer({ min: 1, max: 65_535 }),
      client: fc.stringMatching(/^[A-Za-z][A-Za-z0-9./]{0,40}$/),
      yourHost: fc.ipV4(),
      ipv4: fc.ipV4(),
      maxRequests: fc.integer({ min: 1, max: 5000 }),
      metadataBytes: fc.integer({ min: 1, max: 31_457_280 }),
      isUploadOnly: fc.boolean(),
    },
    { requiredKeys: ["ids"] },
  );
  fc.assert(
    fc.property(handshake, (given) => {
      const decoded = decodeExtensionHandshake(encodeExtensionHandshake(given));
      const said = Object.fromEntries(Object.entries(decoded).filter(([, value]) => value !== undefined));
      expect(said).toEqual(given);
    }),
  );
});

test("what is optional and wrong is as good as absent", () => {
  const hosts = { yourip: utf8("abc"), ipv4: new Uint8Array(16) };
  const numbers = { p: 70_000, reqq: -1, metadata_size: 31_457_281, upload_only: "yes" };
  const wrong = { m: 3, v: 7, complete_ago: 3, ...hosts, ...numbers };
  expect(decodeExtensionHandshake(encode(wrong))).toEqual(decodeExtensionHandshake(encode({})));
  const ids = { ut_pex: 256, ut_metadata: utf8("2"), lt_donthave: -1, other: 4 };
  expect(decodeExtensionHandshake(encode({ m: ids })).ids).toEqual({});
});

test("unsorted keys are taken from peers, a program's name is made harmless", () => {
  const payload = utf8("d1:v9:\u001b[31mEvil1:pi1ee");
  expect(decodeExtensionHandshake(payload)).toMatchObject({ port: 1, client: "[31mEvil" });
});

test("a later handshake adds, changes and disables, and leaves the rest", () => {
  const before = { ids: { ut_pex: 1, ut_metadata: 2 }, port: 6881 };
  const later = decodeExtensionHandshake(encode({ m: { ut_pex: 0, lt_donthave: 7 }, metadata_size: 100 }));
  const merged = mergeHandshakes(before, later);
  expect(merged).toMatchObject({ port: 6881, metadataBytes: 100 });
  expect(idFor(merged, "ut_pex")).toBeUndefined();
  expect(idFor(merged, "ut_metadata")).toBe(2);
  expect(idFor(merged, "lt_donthave")).toBe(7);
});

test("garbage is a handshake, or the remote side's fault", () => {
  const like = fc
    .array(fc.constantFrom("d", "e", "l", "1:m", "1:p", "i1e", "4:ipv4", "1:v", "0:", "2:ab"))
    .map((parts) => utf8(parts.join("")));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), like), (payload) => {
      try {
        decodeExtensionHandshake(payload);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["what is no dictionary", utf8("i1e")],
  ["nothing", new Uint8Array()],
  ["a hundred lists in one another", utf8(`d1:m${"l".repeat(100)}${"e".repeat(101)}`)],
  ["70 KiB of it", encode({ v: new Uint8Array(70 * 1024) })],
  ["thousands of values", encode({ m: Array.from({ length: 3000 }, () => 1) })],
])("%s is refused", (_, payload) => {
  expect(() => decodeExtensionHandshake(payload)).toThrow(ProtocolError);
});

test("our own id begins as BEP 20 has it, and the rest is chance", () => {
  const id = newPeerId(new Uint8Array(12).fill(9));
  expect(id).toHaveLength(20);
  expect(String.fromCharCode(...id.subarray(0, 8))).toBe("-SL0100-");
  expect(clientOf(id)).toBe("Socketlab 0.1.0");
});

test.each([
  ["-TR3000-abcdefghijkl", "Transmission 3.0.0"],
  ["-qB4621-abcdefghijkl", "qBittorrent 4.6.2.1"],
  ["-LT20B0-abcdefghijkl", "libtorrent 2.0.11"],
  ["-ZZ1234-abcdefghijkl", "ZZ 1.2.3.4"],
  ["A2-1-36-0-abcdefghij", "aria2 1.36.0"],
  ["M7-10-2--abcdefghijk", "BitTorrent 7.10.2"],
  ["\u001b\u0000nothing to be read", undefined],
])("the id %j is that of %s", (id, client) => {
  expect(clientOf(Uint8Array.from(id, (character) => character.charCodeAt(0)))).toBe(client);
});

test("of any id a client is read that can be printed, or none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (id) => {
      expect(clientOf(id) ?? "").not.toMatch(/\p{C}/u);
    }),
  );
});
