// Tokens: what was signed is read again, and whatever was not, or no longer counts, is refused.
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { signToken, TokenError, verifyToken } from "../../src/server-kit/index.ts";

const secret = new Uint8Array(randomBytes(48));
const expiresAtMs = Date.UTC(2030, 0);
const ada = { name: "Ada", expiresAtMs, claims: { read: ["inbox"] } };

test("what was signed is what is read, until the second at which it expires", async () => {
  const token = await signToken(secret, ada);
  expect(await verifyToken(secret, token, expiresAtMs - 1000)).toEqual(ada);
  const late = verifyToken(secret, token, expiresAtMs);
  await expect(late).rejects.toThrow("the token has expired");
  await expect(late).rejects.toMatchObject({ code: "bad-token" });
});

test("a token with any byte changed, of another secret, or without a signature is refused", async () => {
  const token = await signToken(secret, ada);
  const [head = "", body = ""] = token.split(".");
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  const bad = [`${head}.${body}.`, `${none}.${body}.`, `${none}.${body}`, "", "x", `${token}.x`];
  bad.push(await signToken(new Uint8Array(randomBytes(48)), ada));
  for (const each of bad)
    await expect(verifyToken(secret, each, 0)).rejects.toThrow(
      /not one that this server's secret has signed/,
    );
  const at = fc.nat(token.length - 2);
  await fc.assert(
    fc.asyncProperty(at, fc.constantFrom("A", "z", "-", ".", " "), async (position, letter) => {
      fc.pre(token[position] !== letter);
      const changed = `${token.slice(0, position)}${letter}${token.slice(position + 1)}`;
      await expect(verifyToken(secret, changed, 0)).rejects.toThrow(TokenError);
    }),
  );
});
