// Compiles the C programs of the benchmark into bench/build. It knows nothing of what they do.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";

const here = import.meta.dirname;
const output = path.join(here, "build");

export interface Binaries {
  load: string;
  /** Runs a command and says what it cost. */
  accountant: string;
  /** Says what has gone over TCP. */
  meter: string;
  /** The servers in C, by their file's name. */
  servers: ReadonlyMap<string, string>;
  /** Whether the load generator speaks TLS: it does if OpenSSL's headers are installed. */
  tls: boolean;
}

/** The C compiler of this machine, if it has one. */
export function findCompiler(): string | undefined {
  const candidates = [process.env["CC"], "cc", "gcc", "clang"];
  return candidates.find((name) => name && spawnSync(name, ["--version"]).status === 0);
}

export function build(compiler: string): Binaries {
  mkdirSync(output, { recursive: true });
  const files = filesIn("load");
  const sources = files.filter((name) => name.endsWith(".c"));
  const [load, plain] = [path.join(output, "load"), path.join(output, "load-without-tls")];
  const servers = new Map<string, string>();
  const header = path.join(here, "servers", "server.h");
  for (const source of filesIn("servers").filter((file) => file.endsWith(".c"))) {
    const name = path.basename(source);
    const program = path.join(output, path.basename(name, ".c"));
    const problem = compile(compiler, program, [source], [], [source, header]);
    if (problem !== undefined) throw new Error(`${compiler} cannot build ${name}:\n${problem}`);
    servers.set(name, program);
  }
  const alone = (folder: string, name: string): string => {
    const [program, source] = [path.join(output, name), path.join(here, folder, `${name}.c`)];
    const problem = compile(compiler, program, [source], [], [source]);
    if (problem !== undefined) throw new Error(`${compiler} cannot build ${name}.c:\n${problem}`);
    return program;
  };
  const common = { accountant: alone("commands", "account"), meter: alone("swarm", "meter"), servers };
  const withTls = compile(compiler, load, sources, ["-lssl", "-lcrypto"], files);
  if (withTls === undefined) return { load, ...common, tls: true };
  const problem = compile(compiler, plain, sources, ["-DNO_TLS"], files);
  if (problem !== undefined) throw new Error(`${compiler} cannot build the load generator:\n${problem}`);
  return { load: plain, ...common, tls: false };
}

function filesIn(folder: string): string[] {
  return readdirSync(path.join(here, folder)).map((name) => path.join(here, folder, name));
}

/** What the compiler complained about, or undefined if it made the program (or had made it since the last change). */
function compile(
  compiler: string,
  program: string,
  sources: string[],
  options: string[],
  inputs: string[],
): string | undefined {
  const madeMs = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (inputs.every((file) => statSync(file).mtimeMs < madeMs)) return undefined;
  const flags = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra"];
  // Under its name only when it is whole: several may build at the same time.
  const made = `${program}.${process.pid}`;
  const args = [...flags, "-o", made, ...sources, ...options];
  const { status, stderr } = spawnSync(compiler, args, { encoding: "utf8" });
  if (status !== 0) return stderr;
  renameSync(made, program);
  return undefined;
}
