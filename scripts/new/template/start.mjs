// `npm start`: builds the page when its sources are newer than what was built, then starts the servers.
// Plain JavaScript, because a Node.js that cannot run TypeScript has to get as far as the check.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));

function stop(message) {
  console.error(message);
  process.exit(1);
}

if (Number(process.versions.node.split(".")[0]) < 24) {
  stop(
    `This needs Node.js 24 or newer, which runs TypeScript as it is; this is ${process.version} (${process.execPath}).`,
  );
}
if (!existsSync(join(root, "node_modules"))) stop("The dependencies are not installed yet: npm install");

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
if (existsSync(join(root, "web")) && pageIsOld()) {
  console.error("Building the page …");
  // Standard output belongs to the servers.
  const { status } = spawnSync(scripts.build, { cwd: root, shell: true, stdio: ["ignore", 2, 2] });
  if (status !== 0) stop("The page could not be built; the reason is above.");
}

// npm hands a signal to its shell alone, and the shell ends without handing it on: its end is our signal, then.
const shell = process.ppid;
const watch = setInterval(() => {
  if (process.ppid === shell) return;
  clearInterval(watch);
  process.kill(process.pid, "SIGTERM");
}, 500).unref();
if (process.env["npm_lifecycle_event"] !== "start") clearInterval(watch);

process.argv.splice(1, 1, join(root, "src", "main.js"), "lab");
await import("./src/main.js");

function pageIsOld() {
  const page = join(root, "dist", "index.html");
  const sources = ["web", "src", "packages", "vite.config.ts", "package.json"];
  return !existsSync(page) || sources.some((name) => newest(join(root, name)) > statSync(page).mtimeMs);
}

/** When the last change was, in a file or in a folder with all that is in it; folders count because files get deleted. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  // node_modules changes with each installation, and its packages are not what the page is built from alone.
  const names = readdirSync(path).filter((name) => name !== "node_modules");
  return Math.max(stat.mtimeMs, ...names.map((name) => newest(join(path, name))));
}
