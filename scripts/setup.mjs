// Makes a fresh clone ready to run: the dependencies and the pinned Node.js, and nothing when they are there.
// Plain JavaScript for any Node.js >= 20, with no dependency. Knows nothing of the apps.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const bin = join(modules, ".bin");
const onWindows = process.platform === "win32";

/** What a failed command of ours throws: its message is for the person, without a stack. */
export class SetupError extends Error {}

/** Sets up what is missing. Returns the Node.js to run everything with, and the environment for it. */
export async function setup() {
  const manifest = JSON.parse(read(join(root, "package.json")));
  const packaged = Object.keys(manifest.optionalDependencies).some((name) =>
    name.endsWith(`-${process.platform}-${process.arch}`),
  );
  const pinned = join(bin, "node");
  if (!packaged) requireOwnNode();

  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
  // Windows spells it `Path`; two spellings of one variable must not reach the child.
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  env[pathName] = [bin, env[pathName]].filter(Boolean).join(delimiter);

  const stamp = join(modules, ".socketlab-setup");
  const wanted = fingerprint();
  if (read(stamp) !== wanted) {
    await install(manifest.packageManager, env);
    if (packaged && !existsSync(pinned))
      throw new SetupError(`The pinned Node.js was not installed. ${retry}`);
    // On Linux without glibc (Alpine) it is there and does not start: out of the way with it.
    if (existsSync(pinned) && spawnSync(pinned, ["--version"]).status !== 0) rmSync(pinned);
    if (!existsSync(pinned)) requireOwnNode();
    writeFileSync(stamp, wanted);
  }
  return { node: existsSync(pinned) ? pinned : process.execPath, env };
}

/**
 * Runs a command until it ends, hands it the signals that this process gets, and returns its exit code
 * (128 + the signal's number if a signal ended it). Throws if it cannot be started. A `detached` command gets
 * signals together with all that it started.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return start(command, args, options).ended;
}

/**
 * The same, for whoever wants the process, too.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {{ child: import("node:child_process").ChildProcess, ended: Promise<number> }}
 */
export function start(command, args, options = {}) {
  // npx, pnpm and the tools are command files on Windows, and only a shell runs those.
  const shell = onWindows && command !== process.execPath;
  const child = spawn(command, args, { cwd: root, stdio: "inherit", shell, ...options });
  const ownGroup = options.detached === true && child.pid !== undefined;
  const terminal = !ownGroup && hasTerminal();
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    if (ownGroup) process.kill(-child.pid, signal);
    // Ctrl-C in a terminal reaches the child without us, and a second one would cut its clean end short.
    else if (signal === "SIGINT" && terminal) setTimeout(() => child.kill(signal), 3000).unref();
    else child.kill(signal);
  };
  const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  for (const signal of signals) process.on(signal, forward);
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]);
    });
  });
  return { child, ended };
}

/**
 * Runs one of our commands: its result is the exit code, and a SetupError is told without a stack.
 * @param {() => Promise<number>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

const retry =
  "Setting up needs the npm registry, once: check the network or proxy and run the same command again.";

/**
 * @param {string} packageManager `pnpm@1.2.3`
 * @param {NodeJS.ProcessEnv} env
 */
async function install(packageManager, env) {
  const local = join(modules, "pnpm", "package.json");
  const have = existsSync(local) ? `pnpm@${JSON.parse(read(local)).version}` : undefined;
  // npx asks the registry at every call, so the pnpm that is here already goes first.
  const [command, ...args] =
    have === packageManager ? ["pnpm"] : ["npx", "--yes", "--fetch-retries=1", packageManager];
  console.error(
    have === undefined
      ? `Socketlab: first run in this folder. Getting ${packageManager}, and with it the dependencies and Node.js 24, into node_modules/ …`
      : "Socketlab: the dependencies have changed. Bringing node_modules/ up to date …",
  );
  args.push("install", "--frozen-lockfile", "--config.confirmModulesPurge=false");
  // Our standard output belongs to what is started afterwards.
  // npx does not pass signals on to what it starts, so they go to the whole group.
  const code = await run(command, args, { env, stdio: ["ignore", 2, 2], detached: !onWindows }).catch(
    (error) => {
      if (error.code !== "ENOENT") throw error;
      throw new SetupError(
        `${command} was not found. It comes with npm: install npm and run the same command again.`,
      );
    },
  );
  if (code > 128) process.exit(code);
  if (code !== 0)
    throw new SetupError(`Setting up failed (${command} ended with exit code ${code}). ${retry}`);
  console.error("Socketlab: set up.");
}

function requireOwnNode() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return;
  throw new SetupError(
    `On this system (${process.platform}, ${process.arch}) Socketlab runs on your own Node.js, which must be 24 or newer; this is ${process.version}.\n` +
      "Install it, for example from https://nodejs.org, and run the same command again.",
  );
}

function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}\n`);
  for (const name of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"])
    hash.update(read(join(root, name)));
  return hash.digest("hex");
}

/** @param {string} path */
function read(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function hasTerminal() {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
