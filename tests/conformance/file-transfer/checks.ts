// Which checks belong to a file-transfer server's endpoint. Runs none.
import type { Check } from "../check.ts";
import { askingChecks } from "./asking-checks.ts";
import { batchChecks } from "./batch-checks.ts";
import { brokenPuttingChecks } from "./broken-putting-checks.ts";
import { gettingChecks } from "./getting-checks.ts";
import { httpChecks } from "./http-checks.ts";
import { inputChecks } from "./input-checks.ts";
import { namingChecks } from "./naming-checks.ts";
import { puttingChecks } from "./putting-checks.ts";
import { resumingChecks } from "./resuming-checks.ts";

export function checksAt(url: string, timeoutMs: number): Check[] {
  const transport = new URL(url).protocol.slice(0, -1);
  if (transport !== "tcp" && transport !== "ws")
    throw new Error(`${url}: file transfer is checked over tcp and ws`);
  const groups = [
    askingChecks,
    gettingChecks,
    puttingChecks,
    resumingChecks,
    brokenPuttingChecks,
    batchChecks,
    namingChecks,
    inputChecks,
  ];
  if (transport === "ws") groups.push(httpChecks);
  return groups
    .flatMap((group) => group(url, timeoutMs))
    .map((check) => ({ ...check, name: `${transport}-${check.name}` }));
}
