// What a process carries that speaks TCP alone. Black box: a process of its own says which of Node.js's modules it has loaded.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const program = `
  const { realNetwork } = await import("@socketlab/core");
  await import("@socketlab/core/terminal");
  await import("@socketlab/core/server-kit");
  const listener = await realNetwork.listen(
    { transport: "tcp", host: "127.0.0.1", port: 0, path: "" },
    { admit: () => true, release() {}, accept() {}, failed() {} },
    {},
  );
  await listener.close();
  console.log(JSON.stringify(process.moduleLoadList.map((one) => one.replace(/^\\w+ /, ""))));
`;

test("neither HTTP nor TLS is loaded where nobody speaks it", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  const loaded = stdout === "" ? stderr : (JSON.parse(stdout) as string[]);
  expect(loaded).toContain("net");
  // Who loads node:http has Node.js's fetch with it: 16 MiB.
  for (const heavy of ["http", "https", "tls", "internal/deps/undici/undici"])
    expect(loaded).not.toContain(heavy);
});
