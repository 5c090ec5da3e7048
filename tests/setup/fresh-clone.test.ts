// `npm start` and `npm test` on a machine that has git, Node.js and npm and nothing else.
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import { Clone } from "./clone.ts";

/** The smallest app: it says that it is up, and ends on a signal a moment later, by its own exit code. */
// Formatted as everything is, since the clone's own `npm test` looks at it, too.
const stubApp = `setInterval(() => {}, 1000);
let received = 0;
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
for (const [signal, code] of Object.entries(codes)) {
  process.on(signal, () => {
    console.log(signal, ++received);
    setTimeout(() => process.exit(code), 200);
  });
}
console.log("up: tcp://127.0.0.1:7007", process.version, process.argv.slice(2).join(" "));
`;

/** Runs a script under a Node.js that says it is another one. */
const pretend = (version: string, platform = process.platform): string[] => {
  const lie = `Object.defineProperty(process.versions, "node", { value: "${version}" });
    Object.defineProperty(process, "version", { value: "v${version}" });
    Object.defineProperty(process, "platform", { value: "${platform}" });`;
  return ["--import", `data:text/javascript,${encodeURIComponent(lie)}`];
};
const noRegistry = { npm_config_registry: "http://127.0.0.1:1", npm_config_fetch_retry_mintimeout: "10" };

describe("in a fresh clone", { ...needs("git", "npm registry"), timeout: 300_000 }, () => {
  let clone: Clone;
  beforeAll(() => {
    clone = new Clone();
    clone.write("apps/stub/src/main.js", stubApp);
  });
  afterAll(() => clone[Symbol.dispose]());

  test("a Node.js that is too old is told so in two lines", async () => {
    const { code, output } = await clone.run("node", [...pretend("18.20.8"), "scripts/start.mjs"]);
    expect(code).toBe(1);
    expect(output).toMatch(/^Socketlab needs Node.js 20 or newer .* this is v18\.20\.8 .*\n.*\n$/);
  });

  test("a system without a packaged Node.js needs Node.js 24 of its own, and is told so", async () => {
    const { code, output } = await clone.run("node", [
      ...pretend("22.1.0", "win32"),
      "scripts/start.mjs",
      "stub",
    ]);
    expect(code).toBe(1);
    expect(output).toMatch(/^On this system \(win32, .*must be 24 or newer; this is v22\.1\.0\.\n.*\n$/);
  });

  test("an app that does not exist is answered with those that do", async () => {
    const { code, output } = await clone.run("npm", ["start", "--silent", "chess"]);
    expect(code).toBe(1);
    expect(output).toMatch(/^There is no app "chess" to start\. There (is|are): .*stub.*\n$/);
  });

  test("without npm it says what is missing", async () => {
    clone.write("only-node/README", "");
    const { code, output } = await clone.run(process.execPath, ["scripts/start.mjs", "stub"], {
      PATH: "only-node",
    });
    expect(code).toBe(1);
    expect(output).toContain("npx was not found. It comes with npm");
  });

  test("without a registry it says what it needs, and installs nothing", async () => {
    const { code, output } = await clone.run("npm", ["start", "stub"], noRegistry);
    expect(code).toBe(1);
    expect(output).toContain("Setting up needs the npm registry, once: check the network or proxy");
    expect(clone.has("node_modules/.bin/node")).toBe(false);
  });

  test("`npm install` typed first does no harm", async () => {
    await clone.run("npm", ["install"]);
    expect(clone.has("node_modules/.bin/node")).toBe(false);
  });

  test("an installation that is interrupted leaves no process", async () => {
    const running = clone.start("npm", ["start", "stub"]);
    await running.printed(/Lockfile|Progress|Downloading/);
    running.kill("SIGTERM");
    await running.finished;
    await vi.waitFor(() => expect(clone.processes()).toEqual([]), { timeout: 5000 });
  });

  test("npm start installs, and runs the app on Node.js 24 with its options", async () => {
    const running = clone.start("npm", ["start", "stub", "--", "--colour", "red"]);
    const [, rest] = await running.printed(/up: tcp:\/\/127\.0\.0\.1:7007 (.*)\n/);
    expect(rest).toMatch(/^v24\.\d+\.\d+ lab --colour red$/);
    running.kill("SIGTERM");
    expect((await running.finished).code).toBe(143);
  });

  test("the next start asks no registry and says nothing of its own", async () => {
    const running = clone.start("npm", ["start", "--silent", "stub"], noRegistry);
    await running.printed(/up: /);
    running.kill("SIGTERM");
    expect((await running.finished).output).toMatch(/^up: .*\nSIGTERM 1\n$/);
  });

  test.each([
    ["npm", ["start", "stub"], "SIGINT", 130],
    ["npm", ["start", "stub"], "SIGTERM", 143],
    ["node", ["scripts/start.mjs", "stub"], "SIGINT", 130],
    ["node", ["scripts/start.mjs", "stub"], "SIGTERM", 143],
    ["node", ["scripts/start.mjs", "stub"], "SIGHUP", 129],
  ] as const)(
    "%s %s passes %s on once and ends with the app's exit code, no process left",
    async (...row) => {
      const [command, args, signal, expected] = row;
      const running = clone.start(command, args);
      await running.printed(/up: /);
      running.kill(signal);
      const { code, output } = await running.finished;
      expect(output).toContain(`${signal} 1\n`);
      expect(output).not.toContain(`${signal} 2`);
      expect(code).toBe(expected);
      expect(clone.processes()).toEqual([]);
    },
  );

  test("npm start comes up with the lab, and Ctrl-C ends it", async () => {
    const running = clone.start("npm", ["start"]);
    await running.printed(/tcp:\/\/\S+:\d+/);
    running.kill("SIGINT");
    expect([0, 130]).toContain((await running.finished).code);
    expect(clone.processes()).toEqual([]);
  });

  test("npm test checks everything and closes with the totals", async () => {
    const { code, output } = await clone.run("npm", ["test", "--", "--filter=@socketlab/page-kit"]);
    expect(output).toMatch(/\n[1-9]\d* passed, 0 failed, \d+ skipped\n$/);
    expect(code).toBe(0);
  });
});
