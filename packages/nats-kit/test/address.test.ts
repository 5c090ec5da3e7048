// The URLs of brokers: what is understood, and what is refused.
import { UsageError } from "@socketlab/core";
import { expect, test } from "vitest";
import { parseBrokerUrl } from "../src/address.ts";

test.each([
  ["nats://127.0.0.1", { servers: ["127.0.0.1"] }, undefined],
  ["nats://a:4222,b:4223,[::1]:4224/other", { servers: ["a:4222", "b:4223", "[::1]:4224"] }, "other"],
  ["nats://ann:p%40ss@a:4222", { servers: ["a:4222"], user: "ann", pass: "p@ss" }, undefined],
  ["nats://t0ken@a/", { servers: ["a"], token: "t0ken" }, undefined],
])("%s is understood", (url, options, name) => {
  expect(parseBrokerUrl(url)).toMatchObject({ options, name });
});

test.each([
  "nats://",
  "nats://a:b:c",
  "http://a",
  "nats://a,",
  "nats://a:99999",
  "nats://%@a",
  "nats://a/b/c",
])("%s is refused", (url) => {
  expect(() => parseBrokerUrl(url)).toThrow(UsageError);
});
