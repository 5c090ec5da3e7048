// The benchmark's command: measures what its arguments ask for. The only place that exits.
import { readArguments } from "./arguments.ts";
import { build, findCompiler } from "./build.ts";
import { runDistribution } from "./distribution/distribution.ts";
import { swarmTools } from "./laboratory.ts";
import { runSideBySide } from "./side-by-side.ts";

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}

try {
  const wish = readArguments(process.argv.slice(2));
  if (wish.kind === "help") {
    console.log(wish.text);
    process.exit(0);
  }
  if (process.platform !== "linux")
    stop("The benchmark needs Linux: its load generator and its limit use epoll.");
  const compiler = findCompiler();
  if (compiler === undefined)
    stop("The benchmark needs a C compiler (cc) for its load generator; none was found.");
  const binaries = build(compiler);
  if (wish.kind === "distribution") await runDistribution(swarmTools(binaries), wish.options);
  else await runSideBySide(wish.benchmark, wish.options, binaries);
} catch (error) {
  stop(error instanceof Error ? error.message : String(error));
}
