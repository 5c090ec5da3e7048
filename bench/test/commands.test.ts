// Does every command of the benchmark move what it is to move, and is its cost all of it? Skipped where there is no compiler or no Linux.
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { build, findCompiler } from "../build.ts";
import type { TransferLoad } from "../cases.ts";
import { cpuSecondsOf, run } from "../commands/account.ts";
import { LeftOut } from "../commands/left-out.ts";
import { measureCommand } from "../commands/measure.ts";
import type { CommandSubject } from "../commands/subject.ts";
import { openWorkspace, type Workspace } from "../commands/workspace.ts";
import { commands, type CommandName } from "../subjects.ts";

const compiler = process.platform === "linux" ? findCompiler() : undefined;
const oneFile: TransferLoad = { mode: "one-file", bytes: 1_500_000 };
const manyFiles: TransferLoad = { mode: "many-files", files: 20, bytes: 4096 };
const moveOnlyFolders: CommandName[] = ["tar-socat"];
const moveOnlyFiles: CommandName[] = ["iperf3", "curl", "socat", "socat-1m"];
/** Whether there are flags for these is found out by trying. */
const unverified: CommandName[] = ["our-get-none", "our-put-none"];

const names = (Object.keys(commands) as CommandName[]).filter((name) => !unverified.includes(name));

describe.skipIf(compiler === undefined)("whole commands", { timeout: 60_000 }, () => {
  let accountant = "";
  let workspace: Workspace;
  beforeAll(() => {
    accountant = build(compiler ?? "cc").accountant;
    workspace = openWorkspace();
  });
  afterAll(() => workspace.remove());

  /** Skips, with the reason, where a program is not installed. */
  async function measure(context: TestContext, subject: CommandSubject, load: TransferLoad) {
    try {
      return await measureCommand(accountant, workspace, subject, load);
    } catch (error) {
      if (!(error instanceof LeftOut)) throw error;
      Object.assign(context.task.meta, { needs: error.message }); // printed at the end of `npm test`
      return context.skip(error.message);
    }
  }

  test.for(names.filter((name) => !moveOnlyFolders.includes(name)))(
    "%s moves a file, and says what that took",
    async (name, context) => {
      const figures = await measure(context, commands[name], oneFile);
      expect(figures.bytesPerSecond).toBeGreaterThan(0);
      expect(figures.cpuSeconds).toBeGreaterThan(0);
      expect(figures.clientPeakBytes).toBeGreaterThan(500_000);
      if (name !== "cp") expect(figures.serverPeakBytes).toBeGreaterThan(500_000);
    },
  );

  test.for(names.filter((name) => !moveOnlyFiles.includes(name)))(
    "%s moves a folder, and says what that took",
    async (name, context) => {
      const figures = await measure(context, commands[name], manyFiles);
      expect(figures.filesPerSecond).toBeGreaterThan(0);
    },
  );

  test.for(unverified)("%s moves a file unverified, or is left out in words", async (name) => {
    const outcome = await measureCommand(accountant, workspace, commands[name], oneFile).catch(
      (error: unknown) => error,
    );
    if (outcome instanceof Error) expect(outcome.message).toMatch(/^not in this version: .*--hash/);
    else expect(outcome).toMatchObject({ bytesPerSecond: expect.any(Number) });
  });

  test("a single byte too many in what has arrived ends the measurement", async () => {
    const damage: CommandSubject = {
      title: "cp, and a byte more",
      move: ({ from, name, to }) => ({
        program: "sh",
        args: ["-c", `cp "$0" "$1" && printf X >> "$1"`, path.join(from, name), path.join(to, name)],
      }),
    };
    await expect(measureCommand(accountant, workspace, damage, oneFile)).rejects.toThrow(/not what was sent/);
  });

  test("a command that fails says what it complained about", async () => {
    const missing: CommandSubject = {
      title: "cp of nothing",
      move: () => ({ program: "cp", args: ["/nowhere/at/all", "/"] }),
    };
    await expect(measureCommand(accountant, workspace, missing, oneFile)).rejects.toThrow(
      /cp: cannot stat '\/nowhere/,
    );
  });

  describe("the accountant", () => {
    const busy = "head -c 3000000000 /dev/zero >/dev/null";

    test("counts what a grandchild has used that outlives its parent", async () => {
      const { cpuSeconds, endSeconds, startSeconds } = await run(accountant, {
        program: "sh",
        args: ["-c", `setsid sh -c 'sleep 0.2; ${busy}' &`],
      }).ended;
      expect(cpuSeconds).toBeGreaterThan(0.02);
      expect(endSeconds - startSeconds).toBeGreaterThan(0.2);
    });

    test("ends what does not want to end, and all that it has started", async () => {
      const running = run(accountant, {
        program: "sh",
        args: ["-c", `trap "" TERM; setsid sleep 600 & echo $!; sleep 600`],
      });
      const grandchild = Number(await running.nextLine());
      await running.stop();
      expect(() => process.kill(grandchild, 0)).toThrow(/ESRCH/);
    });

    test("has the CPU time of a process that goes on, with that of its children, ended or not", async () => {
      const running = run(accountant, { program: "sh", args: ["-c", `${busy}; echo done; sleep 600`] });
      await running.nextLine();
      expect(await cpuSecondsOf(running.pid)).toBeGreaterThan(0.02);
      await running.stop();
    });
  });
});
