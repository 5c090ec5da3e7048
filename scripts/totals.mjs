// Adds up what the test runs of all packages reported (vitest's JSON reporter), and prints it. Runs no test itself.
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./setup.mjs";

/**
 * The part of vitest's JSON report that is read here.
 * @typedef {{ fullName: string, status: string, meta?: { needs?: string }, failureMessages?: string[] }} TestReport
 * @typedef {{ name: string, status: string, message?: string, assertionResults: TestReport[] }} FileReport
 */

const packages = ["packages", "apps"]
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(root, parent, name)))
  .concat(join(root, "tests"), join(root, "bench"));
const reports = packages.map((folder) => join(folder, ".socketlab", "tests.json"));

export function clearReports() {
  for (const report of reports) rmSync(report, { force: true });
}

/** @returns {FileReport[]} */
export function readReports() {
  return reports
    .filter((path) => existsSync(path))
    .flatMap((path) => JSON.parse(readFileSync(path, "utf8")).testResults);
}

/** The first lines of what a failure said, indented: the whole of it stands where the test ran. */
const shortly = (message = "") =>
  message
    .split("\n")
    .slice(0, 8)
    .map((line) => `    ${line}`)
    .join("\n");

/**
 * Prints the skipped tests by name with the reason, the failed ones with what they said, and the closing line. Returns the exit code.
 * With SOCKETLAB_REQUIRE_ALL=1 a skipped test is a failure.
 * @param {FileReport[]} files
 * @param {{ failed: string[], testsFailed: boolean }} outcome the checks that failed, and whether the test run did
 */
export function printTotals(files, { failed, testsFailed }) {
  const tests = files.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const passed = tests.filter((test) => test.status === "passed").length;
  const failedTests = tests.filter((test) => test.status === "failed");
  const skipped = tests.filter((test) => test.status !== "passed" && test.status !== "failed");
  // A file that breaks before its first test has no failed test, and a package that breaks has no report.
  const brokenFiles = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  let failures = failedTests.length + brokenFiles.length;
  if (testsFailed && failures === 0) failures = 1;

  console.log("");
  for (const name of failed) console.log(`Failed check: ${name}`);
  const required = process.env["SOCKETLAB_REQUIRE_ALL"] === "1" && skipped.length > 0;
  if (skipped.length > 0) {
    console.log(required ? "Skipped, and SOCKETLAB_REQUIRE_ALL=1 makes each a failure:" : "Skipped:");
    for (const test of skipped) {
      console.log(
        `  ${relative(root, test.file)}: ${test.fullName.trim()} (${test.meta?.needs ?? "its own condition"})`,
      );
    }
  }
  for (const test of failedTests) {
    console.log(`Failed: ${relative(root, test.file)}: ${test.fullName.trim()}`);
    console.log(shortly(test.failureMessages?.[0]));
  }
  for (const file of brokenFiles) {
    console.log(`Failed: ${relative(root, file.name)}\n${shortly(file.message)}`);
  }
  failures += failed.length + (required ? skipped.length : 0);
  console.log(`${passed} passed, ${failures} failed, ${required ? 0 : skipped.length} skipped`);
  return failures === 0 ? 0 : 1;
}
