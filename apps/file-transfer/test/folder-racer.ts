// A process that swaps a folder for a link to the outside and back, as fast as it can, until it is killed.
import { renameSync, symlinkSync, unlinkSync, writeSync } from "node:fs";

const [folder = "", outside = ""] = process.argv.slice(2);
writeSync(1, "begun\n");
const never = new Int32Array(new SharedArrayBuffer(4));
for (let strays = 0; ;) {
  step(() => renameSync(folder, `${folder} aside`));
  step(() => symlinkSync(outside, folder));
  step(() => unlinkSync(folder));
  // Where nothing was, the store may have made a folder of its own.
  while (!step(() => renameSync(`${folder} aside`, folder)))
    step(() => renameSync(folder, `${folder} stray ${strays++}`));
  // Long enough in its place for something to be begun there.
  if (Math.random() < 0.5) Atomics.wait(never, 0, 0, Math.random());
}

function step(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
