// The package.json of a copy: no `workspace:`, no `catalog:`, no script that needs this repository. Writes nothing.
import { Failure } from "./failure.mjs";

/** @typedef {import("./repository.mjs").Manifest} Manifest */

const kinds = /** @type {const} */ ([
  "dependencies",
  "devDependencies",
  "peerDependencies",
  "optionalDependencies",
]);

/** The names of all that a package depends on. @param {Manifest} manifest */
export function dependenciesOf(manifest) {
  return kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
}

/**
 * @param {Manifest} app
 * @param {{ name: string, app: string, catalog: Map<string, string> }} options the copy's name, and the app's
 */
export function appManifest(app, { name, app: appName, catalog }) {
  const { name: _name, version: _version, private: _private, description, scripts, ...rest } = Object(app);
  // What reaches out of the app's folder reaches for something that stays behind.
  const own = Object.entries(scripts ?? {}).filter(([, command]) => !command.includes("../"));
  return {
    name,
    version: "0.1.0",
    private: true,
    ...(description !== undefined && { description }),
    workspaces: ["packages/*"],
    scripts: {
      // With the same flags as the server's.
      start: (scripts?.server ?? "node src/main.js").replace(/src\/main\.js.*/, "start.mjs"),
      [appName]: (scripts?.client ?? "node src/main.js").replace(/(src\/main\.js).*/, "$1"),
      ...Object.fromEntries(own),
    },
    ...rest,
    ...dependencies(app, catalog),
  };
}

/**
 * A package that is taken along is source to read and change, neither built nor published nor tested by itself.
 * @param {Manifest} manifest
 * @param {{ catalog: Map<string, string>, isUsed: (name: string) => boolean }} options which of its
 *   devDependencies its sources use; the others are its tools
 */
export function packageManifest(manifest, { catalog, isUsed }) {
  const {
    name,
    version,
    private: _private,
    scripts: _scripts,
    publishConfig: _publish,
    files: _files,
    ...rest
  } = Object(manifest);
  const used = Object.entries(manifest.devDependencies ?? {}).filter(([tool]) => isUsed(tool));
  const { devDependencies: _tools, ...kept } = rest;
  const own = used.length === 0 ? kept : { ...kept, devDependencies: Object.fromEntries(used) };
  return { name, version, private: true, ...own, ...dependencies(own, catalog) };
}

/** @param {Manifest} manifest @param {Map<string, string>} catalog */
function dependencies(manifest, catalog) {
  const present = kinds.filter((kind) => manifest[kind] !== undefined);
  return Object.fromEntries(
    present.map((kind) => [
      kind,
      Object.fromEntries(
        Object.entries(manifest[kind] ?? {}).map(([name, range]) => [name, plainRange(name, range, catalog)]),
      ),
    ]),
  );
}

/** @param {string} name @param {string} range @param {Map<string, string>} catalog */
function plainRange(name, range, catalog) {
  // Any version: whoever raises the one in packages/ must not get another from the registry.
  if (range.startsWith("workspace:")) return "*";
  if (!range.startsWith("catalog:")) return range;
  const plain = range === "catalog:" || range === "catalog:default" ? catalog.get(name) : undefined;
  if (plain === undefined) throw new Failure(`pnpm-workspace.yaml has no version of ${name} for "${range}".`);
  return plain;
}
