// Builds an app's page when its sources are not the ones that it was built from. Knows no app by name.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, run, SetupError } from "./setup.mjs";

/**
 * Looking at the files' times takes milliseconds, asking turbo takes hundreds: so turbo is asked only if one changed.
 * @param {string} app the app's folder in apps/
 * @param {{ env: NodeJS.ProcessEnv }} runtime
 */
export async function buildPage(app, { env }) {
  const folder = join(root, "apps", app);
  if (!existsSync(join(folder, "web"))) return;
  const stamp = join(folder, ".socketlab", "page");
  const wanted = fingerprint([folder, join(root, "packages"), join(root, "pnpm-lock.yaml")]);
  const built =
    existsSync(join(folder, "dist")) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (built) return;
  console.error(`Socketlab: building the page of ${app} …`);
  const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const args = ["run", "build", `--filter=${name}`, "--output-logs=errors-only"];
  const code = await run("turbo", args, { env, stdio: ["ignore", 2, 2] });
  if (code > 128) process.exit(code);
  if (code !== 0) throw new SetupError(`The page of ${app} could not be built; the reason is above.`);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

const notSources = new Set(["node_modules", "dist", "build", "test", ".turbo", ".socketlab"]);

/** @param {readonly string[]} paths */
function fingerprint(paths) {
  const hash = createHash("sha256");
  const visit = (/** @type {string} */ path) => {
    const stat = statSync(path);
    if (!stat.isDirectory()) hash.update(`${path} ${stat.mtimeMs} ${stat.size}\n`);
    else for (const name of readdirSync(path)) if (!notSources.has(name)) visit(join(path, name));
  };
  for (const path of paths) visit(path);
  return hash.digest("hex");
}
