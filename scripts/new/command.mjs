// Makes the copy, step by step: check, write, install, git, and what to do next. The only part that prints.
import { spawnSync } from "node:child_process";
import { basename, delimiter, join, resolve } from "node:path";
import { run } from "../setup.mjs";
import { packagesFor, planCopy } from "./copy.mjs";
import { Failure, wrongUsage } from "./failure.mjs";
import { helpFor, parse } from "./flags.mjs";
import { startGit } from "./git.mjs";
import { dependenciesOf } from "./manifests.mjs";
import { faultOf, nameFor } from "./names.mjs";
import { listApps, readManifest, root } from "./repository.mjs";
import { checkTarget, writeFiles } from "./target.mjs";

/** @param {readonly string[]} args */
export async function main(args) {
  try {
    process.exitCode = await make(args);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

/** @param {readonly string[]} args */
async function make(args) {
  const apps = listApps();
  const wanted = parse(args, apps);
  if (wanted.help) {
    console.log(helpFor(apps));
    return 0;
  }
  const { app, folder, overwrite } = wanted;
  const target = resolve(callersFolder(), folder);
  const name = wanted.name ?? nameFor(basename(target), (free) => !namesIn(app).has(free));
  checkName(name, app);
  checkTarget(target, { shown: folder, root, overwrite });

  const files = planCopy(app, name);
  writeFiles(target, files, folder);
  console.log(`Made ${name} in ${folder} from the app ${app}: ${files.size} files.`);

  const manager = packageManager();
  const env = ownEnvironment();
  const code = wanted.install ? await install(manager, env, target, folder) : 0;
  const undone = wanted.git ? startGit(target, `Start from Socketlab's ${app}`) : undefined;
  if (undone !== undefined) console.log(undone);

  const steps = [`cd ${quote(folder)}`];
  if (!wanted.install || code !== 0) steps.push(`${manager} install`);
  steps.push(`${manager} test`, `${manager} start`);
  console.log(`\nNext:\n${steps.map((step) => `  ${step}`).join("\n")}`);
  const version = spawnSync("node", ["--version"], { env, encoding: "utf8" }).stdout?.trim();
  if (!version || Number(/\d+/.exec(version)) < 24) {
    console.log(
      `\nIt needs Node.js 24 or newer; ${version ? `yours is ${version}` : "there is none on your PATH"}.`,
    );
  }
  return code === 0 ? 0 : 1;
}

/** The names that a project's own must differ from: npm mixes up a package and a dependency of one name. @param {string} app */
function namesIn(app) {
  const folders = [`apps/${app}`, ...packagesFor(app)];
  return new Set(folders.flatMap((folder) => dependenciesOf(readManifest(folder))));
}

/** @param {string} name @param {string} app */
function checkName(name, app) {
  const fault = namesIn(app).has(name) ? "is the name of one of its own dependencies" : faultOf(name);
  if (fault !== undefined) throw wrongUsage(`The name "${name}" ${fault}. Example: --name my-${app}`);
}

/** @param {string} manager @param {NodeJS.ProcessEnv} env @param {string} target @param {string} shown */
async function install(manager, env, target, shown) {
  console.log(`Installing its dependencies with ${manager} …`);
  const code = await run(manager, ["install"], { cwd: target, env, stdio: ["ignore", 2, 2] }).catch(
    (error) => {
      if (error.code === "ENOENT") return 127;
      throw error;
    },
  );
  if (code > 128) process.exit(code);
  if (code !== 0) {
    const reason = code === 127 ? `the command ${manager} was not found` : "the reason is above";
    console.error(
      `The copy in ${shown} is complete, but its dependencies could not be installed: ${reason}.`,
    );
  }
  return code;
}

/** The copy is installed and run with what the person has, not with what npm found in this repository. */
function ownEnvironment() {
  const variables = Object.entries(process.env);
  const [name = "PATH", path = ""] = variables.find(([key]) => key.toUpperCase() === "PATH") ?? [];
  const own = path.split(delimiter).filter((folder) => !folder.startsWith(join(root, "node_modules")));
  return { ...process.env, [name]: own.join(delimiter) };
}

/** npm, pnpm or yarn: the one that runs this script. */
function packageManager() {
  const agent = process.env["npm_config_user_agent"] ?? "";
  return ["pnpm", "yarn"].find((manager) => agent.startsWith(`${manager}/`)) ?? "npm";
}

/** `npm run` changes to the root of the package, and says where it was called. */
function callersFolder() {
  const called = process.env["npm_lifecycle_event"] === "new" ? process.env["INIT_CWD"] : undefined;
  return called ?? process.cwd();
}

/** @param {string} path as a word of the person's shell */
function quote(path) {
  const plain = path.replace(/^-/, "./-");
  if (/^[\p{L}\p{N}_./\\:-]+$/u.test(plain)) return plain;
  return process.platform === "win32" ? `"${plain}"` : `'${plain.replaceAll("'", "'\\''")}'`;
}
