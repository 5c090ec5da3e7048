// What the copy of an app consists of: every file of it with its text. Reads this repository, and writes nothing.
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { Failure } from "./failure.mjs";
import { appManifest, dependenciesOf, packageManifest } from "./manifests.mjs";
import { readmeOf } from "./readme.mjs";
import { moveLinks, moveReferences } from "./references.mjs";
import {
  listFiles,
  listPackages,
  read,
  readCatalog,
  readManifest,
  root,
  workspaceBlock,
} from "./repository.mjs";

const template = "scripts/new/template";
const base = "tsconfig.base.json";
// What tests, builds and publishes a package; the copy uses its source as it is.
const stayBehind = ["test", "tsconfig.build.json", "CHANGELOG.md"];

/**
 * Per path in the copy, what the file contains.
 * @param {string} app its folder's name
 * @param {string} name of the copy
 * @returns {Map<string, string | Buffer>}
 */
export function planCopy(app, name) {
  const folder = `apps/${app}`;
  const manifest = readManifest(folder);
  const packages = packagesFor(app);
  const catalog = readCatalog();

  const placeOf = (/** @type {string} */ path) => {
    const plain = path.replace(/\/$/, "");
    if (plain === folder) return "";
    if (plain.startsWith(`${folder}/`)) return plain.slice(folder.length + 1);
    return plain === base || packages.some((taken) => `${plain}/`.startsWith(`${taken}/`))
      ? plain
      : undefined;
  };
  const content = (/** @type {string} */ path) => {
    if (path.endsWith(".md")) return moveLinks(path, read(path), placeOf);
    if (/\.(m?[jt]sx?|json|html|css)$/.test(path)) return moveReferences(path, read(path), placeOf);
    return readFileSync(join(root, path));
  };

  /** @type {Map<string, string | Buffer>} */
  const files = new Map();
  for (const path of listFiles(folder)) files.set(placeOf(path) ?? path, content(path));
  for (const taken of packages) {
    const paths = listFiles(taken, (entry) => stayBehind.includes(entry));
    for (const path of paths) files.set(path, content(path));
    const sources = paths.filter((path) => /\.[jt]sx?$/.test(path)).map(read);
    const tools = { catalog, isUsed: (/** @type {string} */ tool) => isUsed(tool, sources) };
    files.set(`${taken}/package.json`, json(packageManifest(readManifest(taken), tools)));
  }
  for (const path of listFiles(template)) files.set(posix.relative(template, path), read(path));
  for (const path of ["LICENSE", ".editorconfig", base]) files.set(path, read(path));
  // A project of its own keeps the versions that it was tested with.
  files.set(".gitignore", read(".gitignore").replace(/^package-lock\.json\n/m, ".yarn/\n"));
  files.set("pnpm-workspace.yaml", pnpmWorkspace());
  files.set("package.json", json(appManifest(manifest, { name, app, catalog })));
  files.set("README.md", readmeOf({ name, app, files, packages: packages.map(readManifest) }));
  return files;
}

/**
 * The packages of this repository that an app needs, with those that they need, as folders from the root.
 * @param {string} app
 */
export function packagesFor(app) {
  const known = listPackages();
  const listed = [...known.values()];
  const needed = new Set();
  const visit = (/** @type {string} */ folder) => {
    const { devDependencies: _tools, ...manifest } = readManifest(folder);
    // An app's tools are needed to build and test it; a package that is taken along is not built or tested.
    const names = dependenciesOf(folder.startsWith("apps/") ? readManifest(folder) : manifest);
    for (const found of names.map((name) => known.get(name))) {
      if (found === undefined || needed.has(found)) continue;
      needed.add(found);
      visit(found);
    }
    const ranges = Object.entries({ ...readManifest(folder).dependencies });
    const lost = ranges.find(([name, range]) => range.startsWith("workspace:") && !known.has(name));
    if (lost !== undefined) throw new Failure(`${folder} needs ${lost[0]}, which is not in packages/.`);
  };
  visit(`apps/${app}`);
  return listed.filter((folder) => needed.has(folder));
}

/** @param {string} name of a devDependency @param {string[]} sources */
function isUsed(name, sources) {
  const plain = name.replace(/^@types\//, "");
  return sources.some(
    (text) =>
      text.includes(`"${plain}"`) ||
      text.includes(`"${plain}/`) ||
      (plain === "node" && text.includes('"node:')),
  );
}

function pnpmWorkspace() {
  return `# For pnpm; npm and yarn read "workspaces" in package.json.
packages:
  - packages/*
linkWorkspacePackages: true
# No dependency runs a script at installation.
${workspaceBlock("allowBuilds").replace(/^ +pnpm: .*\n/m, "")}`;
}

/** @param {object} value */
function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
