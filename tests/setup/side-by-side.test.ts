// What `npm start` says in the end of several servers: why it ended, not what became of those that it then stopped.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const program = `
  import { spawn } from "node:child_process";
  import { once } from "node:events";
  import { sideBySide } from ${JSON.stringify(new URL("../../scripts/side-by-side.mjs", import.meta.url).href)};
  const servers = process.argv.slice(1).map((source) => {
    const child = spawn(process.execPath, ["--eval", source], { stdio: ["ignore", "pipe", "inherit"] });
    return { child, ended: once(child, "exit").then(([code]) => code) };
  });
  process.exitCode = await sideBySide(servers);
`;
const stays = `process.on("SIGTERM", () => process.exit(130)); console.log("I am there"); setInterval(() => {}, 1000)`;
const fails = (code: number): string => `setTimeout(() => process.exit(${code}), 500)`;

test.each([
  ["one cannot start", [stays, fails(1)], 1],
  ["the first cannot start", [fails(2), stays, stays], 2],
  ["all end well", ["0", "0"], 0],
])("where %s, that is the exit code", (_what, servers, code) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", program, ...servers],
    { encoding: "utf8", timeout: 20_000 },
  );
  expect([status, stderr]).toEqual([code, ""]);
});
