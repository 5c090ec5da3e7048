// Plants one violation of each rule of docs/architecture.md and expects it to be reported.
import { describe, expect, test } from "vitest";
import { findViolations } from "../../scripts/import-rules.ts";
import type { Packages } from "../../scripts/import-rules.ts";

const packages: Packages = new Map([
  ["@socketlab/core", { folder: "packages/core", offers: [".", "./browser", "./process", "./server-kit"] }],
  ["@socketlab/echo", { folder: "apps/echo", offers: [] }],
  ["@socketlab/chat", { folder: "apps/chat", offers: [] }],
]);
const check = (path: string, text: string): string[] => findViolations([{ path, text }], packages);

describe("is reported", () => {
  test.each([
    [
      "core imports an app by name",
      "packages/core/src/socket.ts",
      `import "@socketlab/echo";`,
      "packages know no app",
    ],
    [
      "core imports an app by path",
      "packages/core/src/socket.ts",
      `import "../../../apps/echo/src/main.js";`,
      "packages know no app",
    ],
    [
      "an app imports another by name",
      "apps/chat/src/main.js",
      `import "@socketlab/echo";`,
      "apps do not know each other",
    ],
    [
      "an app imports another by path",
      "apps/chat/test/a.test.ts",
      `export * from "../../echo/src/protocol.ts";`,
      "apps do not know each other",
    ],
    [
      "the inside of a package by name",
      "apps/echo/src/main.js",
      `import { A } from "@socketlab/core/src/socket.ts";`,
      "the inside of a package",
    ],
    [
      "the inside of a package by path",
      "tests/conformance/a.test.ts",
      `await import("../../packages/core/src/socket.ts");`,
      "the inside of packages/core",
    ],
    [
      "a package that is not there",
      "apps/echo/src/main.js",
      `import "@socketlab/cor";`,
      "no package of this repository",
    ],
    [
      "a client imports the server",
      "apps/echo/src/client/ping.ts",
      `import { serve } from "../server/serve.ts";`,
      "is client code",
    ],
    [
      "a server imports the client",
      "apps/echo/src/server/serve.ts",
      `import { ping } from "../client/ping.ts";`,
      "is server code",
    ],
    [
      "a server imports the client's type",
      "apps/p2p/src/tracker/server/a.ts",
      `type A = import("../client/b.ts").A;`,
      "is server code",
    ],
    [
      "the page imports the server",
      "apps/echo/web/page.tsx",
      `import { serve } from "../src/server/serve.ts";`,
      "is client code",
    ],
    [
      "floor 0 imports the network",
      "packages/core/src/framing/lines.ts",
      `import { connect } from "node:net";`,
      "this room is pure",
    ],
    [
      "floor 0 imports timers, without node:",
      "packages/core/src/errors.ts",
      `import "timers/promises";`,
      "this room is pure",
    ],
    [
      "floor 0 imports a floor above",
      "packages/core/src/messages/json.ts",
      `import "../socket.ts";`,
      "a floor above",
    ],
    [
      "a protocol reads files",
      "apps/echo/src/protocol.ts",
      `import { readFile } from "node:fs/promises";`,
      "this room is pure",
    ],
    [
      "a protocol imports its server",
      "apps/echo/src/protocol.ts",
      `import "./server/serve.ts";`,
      "a floor above",
    ],
    [
      "floor 0 rolls dice",
      "packages/core/src/address/a.ts",
      `export const a = Math.random();`,
      "uses Math.random",
    ],
    [
      "floor 0 reads the clock",
      "packages/core/src/address/a.ts",
      `export const a = Date.now();`,
      "uses Date.now",
    ],
    [
      "floor 0 reads the clock by new Date",
      "packages/core/src/address/a.ts",
      `export const a = new Date();`,
      "uses new Date()",
    ],
    ["a protocol sets a timer", "apps/echo/src/protocol.ts", `setTimeout(() => {}, 1);`, "uses setTimeout"],
    [
      "floor 0 hands a timer on",
      "packages/core/src/framing/a.ts",
      `export const clock = { setTimeout };`,
      "uses setTimeout",
    ],
    [
      "an app imports node:net",
      "apps/echo/src/server/a.ts",
      `import net from "node:net";`,
      "packages/core/src/transports alone",
    ],
    [
      "floor 2 imports node:dgram's types",
      "packages/core/src/listen.ts",
      `import type { Socket } from "node:dgram";`,
      "transports alone",
    ],
    [
      "the server kit imports ws",
      "packages/core/src/server-kit/a.ts",
      `import { WebSocketServer } from "ws";`,
      "transports alone",
    ],
    [
      "an app imports node:http",
      "apps/echo/src/server/a.ts",
      `import { createServer } from "node:http";`,
      "server-kit alone",
    ],
    [
      "a client reads process.argv",
      "apps/echo/src/client/a.ts",
      `export const a = process.argv[2];`,
      "uses process.argv",
    ],
    [
      "a client takes argv from process",
      "apps/echo/src/client/a.ts",
      `const { argv } = process; export { argv };`,
      "uses process.argv",
    ],
    [
      "a client imports argv",
      "apps/echo/src/client/a.ts",
      `import { argv as a } from "node:process"; export { a };`,
      "uses process.argv",
    ],
    [
      "a command knows its process",
      "apps/echo/src/client/command.ts",
      `import { runAsProcess } from "@socketlab/core/process";`,
      "is for an app's main.js alone",
    ],
    ["core exits", "packages/core/src/socket.ts", `process?.exit(1);`, "uses process.exit"],
    [
      "core sets the exit code",
      "packages/core/src/socket.ts",
      `process["exitCode"] = 1;`,
      "uses process.exitCode",
    ],
    [
      "a server installs a signal handler",
      "apps/echo/src/server/a.ts",
      `process.once("SIGINT", () => {});`,
      "a signal handler",
    ],
  ])("%s", (_name, path, text, expected) => {
    const violations = check(path, text);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(`${path}: `);
    expect(violations[0]).toContain(expected);
  });
});

describe("is allowed", () => {
  test.each([
    [
      "core knows its process in one file",
      "packages/core/src/terminal/process.ts",
      `process.on("SIGTERM", () => process.exit(Number(process.argv[2])));`,
    ],
    ["main.js calls it", "apps/echo/src/main.js", `await import("@socketlab/core/process");`],
    [
      "main.js joins client and server",
      "apps/echo/src/main.js",
      `import "./client/ping.ts"; import "./server/serve.ts";`,
    ],
    [
      "a client and a server share the protocol",
      "apps/echo/src/client/a.ts",
      `import { echo } from "../protocol.ts";`,
    ],
    [
      "core's public names",
      "apps/echo/web/page.tsx",
      `import { connect } from "@socketlab/core/browser"; export const a = <p>{connect.name}</p>;`,
    ],
    [
      "a transport imports node:net",
      "packages/core/src/transports/tcp.ts",
      `import net from "node:net"; import { WebSocket } from "ws"; setTimeout(() => {}, 1);`,
    ],
    [
      "the server kit imports node:http",
      "packages/core/src/server-kit/files.ts",
      `import { createServer } from "node:http";`,
    ],
    [
      "a protocol uses zod and core",
      "apps/echo/src/protocol.ts",
      `import { z } from "zod"; import { raw } from "@socketlab/core"; export const p = z.object({ a: raw });`,
    ],
    [
      "floor 0 is handed a clock",
      "packages/core/src/framing/a.ts",
      `export const f = (clock: { now(): number; setTimeout: typeof setTimeout }) => clock.setTimeout;`,
    ],
    [
      "floor 0 uses its own floor",
      "packages/core/src/messages/json.ts",
      `import { ProtocolError } from "../errors.ts"; import "../framing/lines.ts";`,
    ],
    [
      "other events than signals",
      "packages/core/src/socket.ts",
      `process.on("exit", () => {}); process.nextTick(() => {});`,
    ],
    [
      "tests and benchmarks use the bare network",
      "bench/peers/net.ts",
      `import net from "node:net"; process.exit(Math.random());`,
    ],
  ])("%s", (_name, path, text) => {
    expect(check(path, text)).toEqual([]);
  });
});
