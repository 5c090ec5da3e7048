// Names of packages: what npm allows, and a name made from a folder's. Reads nothing.
import { isBuiltin } from "node:module";

/**
 * What is wrong with a package's name after npm's rules for new packages; undefined if nothing is.
 * Source: https://docs.npmjs.com/cli/configuring-npm/package-json#name
 * @param {string} name
 */
export function faultOf(name) {
  const part = "[a-z0-9][a-z0-9._-]*";
  if (name === "") return "is empty";
  if (name.length > 214) return `has ${name.length} characters; npm allows 214`;
  if (name !== name.toLowerCase()) return "has capital letters; npm allows small ones only";
  if (/^[._-]/.test(name)) return `begins with "${name[0]}"; npm allows a letter or a digit there`;
  if (!new RegExp(`^(@${part}/)?${part}$`).test(name)) {
    return 'has characters that npm does not allow; it allows a to z, 0 to 9, "-", "." and "_", and one "@scope/" before them';
  }
  if (name === "node_modules" || name === "favicon.ico" || isBuiltin(name))
    return "is taken by Node.js or npm";
  return undefined;
}

/**
 * A package's name for a folder: "Mein Écho" becomes "mein-echo".
 * @param {string} folder its own name, without the path
 * @param {(name: string) => boolean} isFree
 */
export function nameFor(folder, isFree) {
  const plain = folder.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const name = plain
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[-._]+|[-._]+$/g, "")
    .slice(0, 200);
  return isFree(name) && faultOf(name) === undefined ? name : `my-${name || "app"}`;
}
