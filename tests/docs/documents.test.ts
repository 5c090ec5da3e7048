// Every command of every README and chapter runs as written, and prints what is shown. Knows what scripts/docs.ts does, not how.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { documents } from "../../scripts/docs/documents.ts";
import { parseMarkdown } from "../../scripts/docs/markdown.ts";
import { has, needs, type Capability } from "@socketlab/core/test-kit";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tools: Readonly<Record<string, Capability>> = {
  nc: "nc",
  "nats-server": "nats-server",
  openssl: "openssl",
  "npm run -s bench": "benchmarks",
};

// The documents name fixed ports. In a network namespace of our own they are free; elsewhere they have to be.
const portsOfDocuments = [7007, 7008, 7010, 7030, 7031, 7100].concat(
  [4001, 4002, 4003, 4011, 4012, 4013, 4014, 4101, 4102, 4103, 4104, 4105, 4110],
  [4221, 4222, 4223, 6221, 6222, 6223],
  [6881, 6882, 6883, 6884, 6969],
);
const ownNetwork = has("network namespaces");
const busy = ownNetwork ? [] : await busyPorts(portsOfDocuments);

// It makes what all share: the page and the certificate. In networks of their own the others disturb nobody.
const first = "README.md";

const notRun: string[] = [];
afterAll(() => {
  if (notRun.length > 0)
    console.log(`Commands of the documents that are not run here:\n${notRun.join("\n")}`);
});

describe("what is written is what happens", () => {
  for (const file of documents(root)) {
    const items = parseMarkdown(readFileSync(join(root, file), "utf8"));
    const asks = items.some((item) => item.kind === "directive" || item.language === "sh");
    if (!asks) continue;
    const commands = items
      .flatMap((item) => (item.kind === "block" && item.language === "sh" ? [item.text] : []))
      .join("\n");
    const wanted = Object.keys(tools)
      .filter((tool) => new RegExp(`(^|\\| )${tool} `, "m").test(commands))
      .map((tool) => tools[tool]!);
    const taken = commands === "" ? [] : busy;
    const condition =
      taken.length > 0
        ? {
            skip: true,
            meta: { needs: `needs the ports that it names to be free: ${taken.join(", ")} are not` },
          }
        : needs(...wanted);
    test(file, { timeout: 180_000, concurrent: ownNetwork && file !== first, ...condition }, async () => {
      const { code, output, errors } = await check(file);
      notRun.push(...output.split("\n").filter((line) => line.includes("not run")));
      expect({ code, errors }).toEqual({ code: 0, errors: "" });
    });
  }
});

async function check(file: string): Promise<{ code: number | null; output: string; errors: string }> {
  const script = join(root, "scripts/docs.ts");
  const [command, args] = ownNetwork
    ? ["unshare", ["--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"', process.execPath]]
    : [process.execPath, []];
  const child = spawn(command, [...args, script, "--check", file], { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  await once(child, "close");
  return { code: child.exitCode, output, errors };
}

async function busyPorts(ports: readonly number[]): Promise<number[]> {
  const found: number[] = [];
  for (const port of ports) {
    const server = createServer().listen(port, "127.0.0.1");
    const free = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!free) found.push(port);
    server.close();
  }
  return found;
}
