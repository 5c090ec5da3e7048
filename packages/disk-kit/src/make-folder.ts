// Makes a folder, and those above it that are missing. Node.js's own way never ends where the system makes none, as in /proc.
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Harmless where there is one already. @throws what the system says; `EPERM` where it makes no folders at all. */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.push(at);
  for (const folder of missing.toReversed()) make(folder);
}

function make(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Somebody else has been faster.
    if (code === "EEXIST" && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
    // What is above it is there.
    if (code !== "ENOENT") throw error;
    const message = `no folder can be made at ${folder}`;
    throw Object.assign(new Error(message, { cause: error }), { code: "EPERM" });
  }
}
