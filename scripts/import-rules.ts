// The floors of docs/architecture.md as rules: who may import and touch what. Reads no file.
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { inspectSource } from "./inspect-source.ts";
import type { Source } from "./inspect-source.ts";

/** Per package name, its folder ("apps/echo") and what its `exports` offer ("." or "./browser"). */
export type Packages = ReadonlyMap<string, { folder: string; offers: readonly string[] }>;

const networkModules = ["net", "tls", "dgram", "http", "https", "http2", "dns", "dns/promises"];
const impureModules = networkModules
  .concat("fs", "fs/promises", "timers", "timers/promises", "child_process")
  .concat("cluster", "worker_threads", "perf_hooks", "ws");
const impureGlobals = ["setTimeout", "setInterval", "setImmediate", "performance", "fetch", "WebSocket"];
const impureMembers = ["Math.random", "Date.now", "new Date()"];

const isPure = (path: string): boolean =>
  /^packages\/core\/src\/((address|framing|messages)(\/|\.ts$)|errors\.ts$)/.test(path) ||
  /^apps\/[^/]+\/src\/(protocol|engine)(\/|\.ts$)/.test(path);
const isProduct = (path: string): boolean => /^(packages|apps)\/[^/]+\/(src|web)\//.test(path);
const isMain = (path: string): boolean => /^apps\/[^/]+\/src\/main\.js$/.test(path);
const isProcess = (path: string): boolean => path === "packages/core/src/terminal/process.ts";
const isTransport = (path: string): boolean => /^packages\/core\/src\/transports(\/|\.ts$)/.test(path);
const isServerKit = (path: string): boolean => path.startsWith("packages/core/src/server-kit/");

/** All violations in these files, as `path: what is wrong`. An empty list is what we want. */
export function findViolations(sources: readonly Source[], packages: Packages): string[] {
  return sources.flatMap((source) => {
    const { imports, touches } = inspectSource(source);
    const wrong = imports.flatMap((specifier) => wrongImport(source.path, specifier, packages));
    const wrongTouches = touches.flatMap((name) => wrongTouch(source.path, name));
    return [...new Set(wrong.concat(wrongTouches))].map((message) => `${source.path}: ${message}`);
  });
}

function wrongImport(path: string, specifier: string, packages: Packages): string[] {
  if (specifier.startsWith(".")) return wrongRelativeImport(path, specifier);
  if (specifier.startsWith("@socketlab/")) return wrongPackageImport(path, specifier, packages);
  const name = specifier.replace(/^node:/, "");
  const module = isBuiltin(name) ? `node:${name}` : name;
  if (isPure(path) && impureModules.includes(name)) {
    return [`imports ${module}, but this room is pure: no network, no files, no clock`];
  }
  if (!isProduct(path) || isTransport(path)) return [];
  if (["net", "tls", "dgram", "ws"].includes(name)) {
    return [`imports ${module}, which is for packages/core/src/transports alone`];
  }
  if (["http", "https", "http2"].includes(name) && !isServerKit(path)) {
    return [`imports ${module}, which is for packages/core/src/transports and server-kit alone`];
  }
  return [];
}

function wrongPackageImport(path: string, specifier: string, packages: Packages): string[] {
  const [scope, name, ...rest] = specifier.split("/");
  const target = packages.get(`${scope}/${name}`);
  if (target === undefined) return [`imports "${specifier}", which is no package of this repository`];
  if (specifier === "@socketlab/core/process" && isProduct(path) && !isMain(path))
    return [`imports "${specifier}", which is for an app's main.js alone`];
  const wrongOwner = wrongApp(path, target.folder, specifier);
  if (wrongOwner.length > 0 || target.offers.includes(["."].concat(rest).join("/"))) return wrongOwner;
  return [
    `imports "${specifier}", the inside of a package that offers ${target.offers.join(", ") || "nothing"}`,
  ];
}

function wrongRelativeImport(path: string, specifier: string): string[] {
  const target = posix.join(posix.dirname(path), specifier);
  const [from, to] = [ownerOf(path), ownerOf(target)];
  if (to !== undefined && from !== to) {
    const wrongOwner = wrongApp(path, to, target);
    return wrongOwner.length > 0
      ? wrongOwner
      : [`imports ${target}, the inside of ${to}; use its public name`];
  }
  if (isPure(path) && !isPure(target)) return [`imports ${target}, which is on a floor above`];
  const [here, there] = [sideOf(path), sideOf(target)];
  if (here !== undefined && there !== undefined && here !== there) {
    return [`is ${here} code and imports ${there} code, ${target}; what they share is protocol.ts`];
  }
  return [];
}

function wrongTouch(path: string, name: string): string[] {
  if (isPure(path) && (impureGlobals.includes(name) || impureMembers.includes(name))) {
    return [`uses ${name}, but this room is pure: no clock, no chance; have it handed in`];
  }
  if (!isProduct(path) || isMain(path) || isProcess(path)) return [];
  if (/^process\.(argv|exit|exitCode|abort)$/.test(name))
    return [`uses ${name}, which is for an app's main.js, and core's terminal/process.ts for it`];
  if (name === "signal handler")
    return [
      "installs a signal handler, which is for an app's main.js, and core's terminal/process.ts for it",
    ];
  return [];
}

/** The package that a path belongs to: "packages/core", "apps/echo", "tests"; undefined outside of packages. */
function ownerOf(path: string): string | undefined {
  return /^((packages|apps)\/[^/]+|tests|bench)(?=\/)/.exec(path)?.[1];
}

function wrongApp(path: string, folder: string, target: string): string[] {
  if (!folder.startsWith("apps/") || ownerOf(path) === folder) return [];
  if (path.startsWith("packages/")) return [`imports "${target}" of an app; packages know no app`];
  if (path.startsWith("apps/")) return [`imports "${target}" of another app; apps do not know each other`];
  return [];
}

/** Which role a file of an app has, after the folder (or file) that is named so; the page is a client. */
function sideOf(path: string): "client" | "server" | undefined {
  if (/^apps\/[^/]+\/web\//.test(path)) return "client";
  const side = /^apps\/[^/]+\/src\/(?:.*\/)?(client|server)(?=\/|\.ts$)/.exec(path)?.[1];
  return side === "client" || side === "server" ? side : undefined;
}
