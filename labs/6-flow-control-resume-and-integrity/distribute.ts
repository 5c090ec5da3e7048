// Chapter 6: one file to 1, 2, 4 … clients of one server, and how long it takes until the last one has it.
// node distribute.ts URL BYTES_PER_SECOND CLIENTS…    the second: what the server was told to send at most
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [url = "", rate = "", ...counts] = process.argv.slice(2);
const main = fileURLToPath(new URL("../../apps/file-transfer/src/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "distribute-"));
const name = url.slice(url.lastIndexOf("/") + 1);

async function fetchInto(into: string): Promise<void> {
  const child = spawn(process.execPath, [main, "get", url, into], { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(complaint);
}

console.log("clients   measured   N·F/u_s");
for (const [round, count] of counts.map(Number).entries()) {
  const beganMs = performance.now();
  const places = Array.from({ length: count }, (_, n) => join(folder, `${round}-${n}`));
  await Promise.all(places.map(fetchInto));
  const seconds = (performance.now() - beganMs) / 1000;
  const bytes = statSync(join(places[0]!, name)).size;
  const expected = (count * bytes) / Number(rate);
  console.log(
    `${String(count).padStart(7)}   ${seconds.toFixed(1).padStart(6)} s   ${expected.toFixed(1).padStart(5)} s`,
  );
}
rmSync(folder, { recursive: true });
