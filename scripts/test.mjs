// `npm test [-- turbo options]`: sets up, runs every check and every test, and closes with what was skipped and the totals.
// A failed check does not hide the tests: everything runs, then the failures are named.
import "./check-node.mjs";

void import("./setup.mjs").then(({ run, runMain, setup }) =>
  runMain(async () => {
    const { env } = await setup();
    const { clearReports, readReports, printTotals } = await import("./totals.mjs");
    const failed = [];
    // Some tools end with 0 when they are stopped: what was interrupted must not look complete.
    let interrupted = 0;
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(name, (_name, number) => (interrupted = 128 + number));
    }
    const check = async (name, command, ...args) => {
      console.log(`\n--- ${name}`);
      const code = await run(command, args, { env });
      if (interrupted > 0 || code > 128) process.exit(interrupted || code);
      if (code !== 0) failed.push(name);
      return code;
    };
    await check("format", "prettier", "--check", ".", "--cache", "--log-level=warn");
    await check("lint", "oxlint", "--type-aware", "--deny-warnings");
    await check("imports", "node", "scripts/check-imports.ts");
    await check(
      "types, build, packages",
      "turbo",
      "run",
      "typecheck",
      "build",
      "check:package",
      "--continue",
      "--output-logs=new-only",
    );

    clearReports();
    // An app's Vite configuration may have the page as its root: tests and their report belong to the package.
    const vitest = [
      "--root=.",
      "--reporter=default",
      "--reporter=json",
      "--outputFile.json=.socketlab/tests.json",
    ];
    // One package after the other: tests that share a machine's ports and time disturb each other.
    const turbo = ["run", "test", "--continue", "--concurrency=1", ...process.argv.slice(2)];
    const code = await check("tests", "turbo", ...turbo, "--", ...vitest);
    return printTotals(readReports(), {
      failed: failed.filter((name) => name !== "tests"),
      testsFailed: code !== 0,
    });
  }),
);
