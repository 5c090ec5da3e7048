// A server of its own that writes one file, chunk by chunk, until it is killed: `node nats-process.ts URL PATH BYTES SEED`.
import { writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { SocketlabError } from "@socketlab/core";
import { CHUNK_BYTES } from "../src/protocol.ts";
import { openNatsStore } from "../src/server/nats-store.ts";
import { describeFile, noise } from "./contract/store-test.ts";

const PAUSE_MS = 20;
const [, , url = "", path = "", bytes, seed] = process.argv;
const content = noise(Number(bytes), Number(seed));
const store = await openNatsStore(url);
const upload = await store.write(path, describeFile(content.length));
try {
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    await upload.write(content.subarray(at, at + CHUNK_BYTES), at);
    writeSync(1, `chunk ${at / CHUNK_BYTES}\n`);
    await delay(PAUSE_MS);
  }
  await upload.finish();
  writeSync(1, "finished\n");
} catch (error) {
  writeSync(1, `refused ${error instanceof SocketlabError ? error.code : String(error)}\n`);
}
await store.close();
