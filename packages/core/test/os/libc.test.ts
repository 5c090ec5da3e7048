import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { errnoText, loadLibc } from "../../src/transports/os/libc.ts";

test("where koffi cannot be loaded, the reason is a sentence for people", () => {
  const result = loadLibc(() => {
    throw new Error("Cannot find the native Koffi module");
  });
  expect(result).toEqual({
    unavailable:
      "the native module koffi cannot be used on this machine (Cannot find the native Koffi module)",
  });
});

test("an errno has its name and its meaning", () => {
  expect(errnoText(-22)).toBe("EINVAL: invalid argument");
});

test("koffi is not loaded by a process that sets only what Node.js can set", () => {
  const module = fileURLToPath(new URL("../../src/transports/os/stream-socket.ts", import.meta.url));
  const script = `
    import { createRequire } from "node:module";
    import { openStreamSocket } from ${JSON.stringify(module)};
    const loaded = () => Object.keys(createRequire(${JSON.stringify(module)}).cache).some((p) => p.includes("koffi"));
    openStreamSocket(4, { noDelay: true, keepAliveMs: 1000 });
    const before = loaded();
    openStreamSocket(4, { sendBufferBytes: 8192 }).destroy();
    console.log(before, loaded());`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(stdout).toBe("false true\n");
});
