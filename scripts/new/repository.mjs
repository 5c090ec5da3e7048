// What this repository consists of: its apps, its packages, and the versions of the catalog. Knows nothing of a copy.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "./failure.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/**
 * @typedef {{ [name: string]: string }} Versions
 * @typedef {{ name: string, version: string, description?: string, scripts?: Versions, dependencies?: Versions,
 *   devDependencies?: Versions, peerDependencies?: Versions, optionalDependencies?: Versions }} Manifest
 */

/** @param {string} path from the root */
export const read = (path) => readFileSync(join(root, path), "utf8");

/** @param {string} folder from the root @returns {Manifest} */
export const readManifest = (folder) => JSON.parse(read(`${folder}/package.json`));

/** The names of the apps that can be copied. */
export function listApps() {
  return readdirSync(join(root, "apps")).filter((app) =>
    existsSync(join(root, "apps", app, "src", "main.js")),
  );
}

/** Per name of a package in packages/, its folder. */
export function listPackages() {
  const folders = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  const packages = folders.filter((folder) => existsSync(join(root, folder, "package.json")));
  return new Map(packages.map((folder) => [readManifest(folder).name, folder]));
}

/**
 * The files in a folder, from the root and with slashes, without what git ignores.
 * @param {string} folder from the root
 * @param {(name: string) => boolean} [without] a file's or folder's name
 * @returns {string[]}
 */
export function listFiles(folder, without = () => false) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (isIgnored(entry.name) || without(entry.name)) return [];
    return entry.isDirectory() ? listFiles(path, without) : [path];
  });
}

/** The lines of .gitignore are names and "*.ending": all of its language that we use. */
const ignored = read(".gitignore").split("\n").filter(Boolean);

/** @param {string} name */
function isIgnored(name) {
  return ignored.some((line) =>
    line.startsWith("*") ? name.endsWith(line.slice(1)) : name === line.replace(/\/$/, ""),
  );
}

const workspace = read("pnpm-workspace.yaml");

/**
 * A block of pnpm-workspace.yaml, as it stands there. There is no YAML in Node.js, and these blocks are flat.
 * @param {string} name
 */
export function workspaceBlock(name) {
  const block = new RegExp(`^${name}:\n((?: +.*\n)+)`, "m").exec(workspace);
  if (block === null) throw new Failure(`pnpm-workspace.yaml has no "${name}:" that can be read here.`);
  return block[0];
}

/** The catalog: per dependency, the range of versions. */
export function readCatalog() {
  const entries = workspaceBlock("catalog").matchAll(/^ +"?([^\s":]+)"?: *"?([^\s"#]+)"?/gm);
  return new Map(Array.from(entries, ([, name, range]) => [name, range]));
}
