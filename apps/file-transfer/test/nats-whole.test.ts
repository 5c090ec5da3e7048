// Whole servers as processes on one NATS: what a person types, links and tus, at servers that are alike.
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { StreamState } from "@nats-io/jetstream";
import { seededRandom } from "@socketlab/core";
import { needs, TestProcess } from "@socketlab/core/test-kit";
import { Nats } from "@socketlab/nats-kit/test-kit";
import { Upload } from "tus-js-client";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { fileTransfer, main } from "./processes.ts";

const MIB = 1024 * 1024;

interface Server {
  readonly process: TestProcess;
  readonly tcp: string;
  readonly http: string;
}

describe("two servers on one NATS server", needs("nats-server"), () => {
  let nats: Nats;
  let names = 0;
  let store = "";
  let here = "";
  let one: Server;
  let other: Server;
  beforeAll(async () => {
    nats = await Nats.start(1);
  });
  beforeEach(async () => {
    here = mkdtempSync(join(tmpdir(), "file-transfer-"));
    store = `${nats.url}/w${names++}`;
    [one, other] = await Promise.all([start(), start()]);
  });
  afterEach(async () => {
    await Promise.all([one, other].map(({ process: server }) => server.stop("SIGKILL")));
    rmSync(here, { recursive: true });
  });

  async function start(): Promise<Server> {
    const doors = ["--listen", "tcp://127.0.0.1:0", "--listen", "ws://127.0.0.1:0"];
    const args = [main, "server", "--store", store, ...doors, "--json", "--log-level", "warn"];
    const server = TestProcess.start(process.execPath, args);
    const [tcp = "", ws = ""] = await server.listening();
    return { process: server, tcp, http: ws.replace(/^ws/u, "http").replace(/\/$/u, "") };
  }

  test("what is put at one is listed and got at the other, and removed there", async () => {
    const tree = join(here, "tree");
    mkdirSync(join(tree, "empty"), { recursive: true });
    const files = { none: 0, small: 10, edge: 64 * 1024, chunk: MIB / 2, "日本語 é": 3 * MIB + 7 };
    for (const [name, size] of Object.entries(files)) writeFileSync(join(tree, name), randomBytes(size));
    expect(await fileTransfer(["put", tree, `${one.tcp}/in`])).toMatchObject({ code: 0 });
    const listed = await fileTransfer(["list", `${other.tcp}/in/tree`]);
    expect(listed.stdout.toString().trim().split("\n")).toHaveLength(6);
    const back = join(here, "back");
    expect(await fileTransfer(["get", `${other.tcp}/in`, back])).toMatchObject({ code: 0 });
    for (const name of Object.keys(files))
      expect(readFileSync(join(back, "in/tree", name)).equals(readFileSync(join(tree, name))), name).toBe(
        true,
      );
    expect(await fileTransfer(["remove", "-r", `${other.tcp}/in`])).toMatchObject({ code: 0 });
    expect((await fileTransfer(["list", one.tcp])).stdout.toString()).toBe("");
  });

  test("a put whose server is killed is gone on with at the other, and sends only the rest", async () => {
    const local = join(here, "big");
    const content = randomBytes(96 * MIB);
    writeFileSync(local, content);
    const client = TestProcess.start(process.execPath, [main, "put", local, one.tcp]);
    await vi.waitFor(async () => expect(await bytesKept()).toBeGreaterThan(16 * MIB), {
      timeout: 20_000,
      interval: 20,
    });
    await one.process.stop("SIGKILL");
    await client.stop("SIGKILL");
    const before = await bytesKept();
    expect(before).toBeLessThan(content.length);
    await vi.waitFor(
      async () => expect(await fileTransfer(["put", local, other.tcp])).toMatchObject({ code: 0 }),
      { timeout: 30_000 },
    );
    // Nothing that was there has been written again: each chunk has one message, ever.
    const { last_seq: written, messages } = await chunks();
    expect({ written, messages }).toEqual({ written: 192, messages: 192 });
    expect(await fileTransfer(["get", `${other.tcp}/big`, join(here, "back")])).toMatchObject({ code: 0 });
    expect(readFileSync(join(here, "back/big")).equals(content)).toBe(true);
  });

  test("killed and killed again, put here and there: in the end every byte is right, and nothing is left over", async () => {
    const local = join(here, "big");
    const content = randomBytes(64 * MIB);
    writeFileSync(local, content);
    const random = seededRandom(11);
    let interrupted = 0;
    for (let kill = 0; kill < 8; kill++) {
      const target = kill % 2 === 0 ? one : other;
      const client = TestProcess.start(process.execPath, [main, "put", local, target.tcp]);
      await delay(300 + random() * 700);
      if (kill % 4 < 2) {
        await target.process.stop("SIGKILL");
        if (target === one) one = await start();
        else other = await start();
      }
      if ((await client.stop("SIGKILL")).code !== 0) interrupted++;
    }
    expect(interrupted).toBeGreaterThan(0);
    await vi.waitFor(
      async () => expect(await fileTransfer(["put", local, one.tcp])).toMatchObject({ code: 0 }),
      { timeout: 30_000 },
    );
    expect(await fileTransfer(["get", `${other.tcp}/big`, join(here, "back")])).toMatchObject({ code: 0 });
    expect(readFileSync(join(here, "back/big")).equals(content)).toBe(true);
    await vi.waitFor(async () => expect((await chunks()).messages).toBe(128), { timeout: 20_000 });
  });

  test("links have ranges and conditions, at either server the same", async () => {
    const content = randomBytes(2 * MIB + 11);
    writeFileSync(join(here, "file"), content);
    expect(await fileTransfer(["put", join(here, "file"), one.tcp])).toMatchObject({ code: 0 });
    const url = `${one.http}/files/file`;
    const whole = await fetch(url);
    expect(Buffer.from(await whole.arrayBuffer()).equals(content)).toBe(true);
    const etag = whole.headers.get("etag")!;
    const atOther = `${other.http}/files/file`;
    const part = await fetch(atOther, { headers: { Range: "bytes=1000000-", "If-Range": etag } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(1_000_000))).toBe(true);
    expect((await fetch(atOther, { headers: { "If-None-Match": etag } })).status).toBe(304);
    writeFileSync(join(here, "file"), "other");
    expect(await fileTransfer(["put", join(here, "file"), other.tcp])).toMatchObject({ code: 0 });
    expect((await fetch(url, { headers: { "If-None-Match": etag } })).status).toBe(200);
  });

  test("tus clients upload to one what the other then serves", async () => {
    const content = randomBytes(3 * MIB + 5);
    await new Promise<void>((resolve, reject) => {
      const upload = new Upload(content, {
        endpoint: `${one.http}/uploads/`,
        metadata: { path: "in/tus.bin" },
        uploadSize: content.length,
        chunkSize: 700_000,
        onSuccess: () => resolve(),
        onError: reject,
      });
      upload.start();
    });
    const answer = await fetch(`${other.http}/files/in/tus.bin`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
  });

  test("while NATS is down what is asked waits, and is refused when that takes too long", async () => {
    await nats.killServer(0);
    const asked = fileTransfer(["list", one.tcp]);
    await delay(1000);
    nats.startServer(0);
    await nats.ready();
    expect(await asked).toMatchObject({ code: 0 });
    await nats.killServer(0);
    const refused = await fileTransfer(["list", one.tcp]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/nats:\/\/127\.0\.0\.1:\d+.*try again/u);
    nats.startServer(0);
    await nats.ready();
    await vi.waitFor(async () => expect(await fileTransfer(["list", one.tcp])).toMatchObject({ code: 0 }), {
      timeout: 20_000,
    });
  });

  async function chunks(): Promise<StreamState> {
    const name = store.slice(store.lastIndexOf("/") + 1);
    return (await nats.stream(`${name}_chunks`)).state;
  }

  async function bytesKept(): Promise<number> {
    return (await chunks()).bytes;
  }
});

describe("to begin with", () => {
  test("a folder and a store, or no store that there is, are refused with what to do", async () => {
    const both = await fileTransfer(["server", "--folder", "/tmp", "--store", "nats://127.0.0.1:1"]);
    expect(both.code).toBe(2);
    expect(both.stderr).toContain("give either");
    const unknown = await fileTransfer(["server", "--store", "s3://bucket"]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("nats://HOST:PORT");
    const badly = await fileTransfer(["server", "--store", "nats://a:b:c"]);
    expect(badly.code).toBe(2);
  });

  test("a NATS server that does not answer is named, without the password", async () => {
    const { code, stderr } = await fileTransfer(["server", "--store", "nats://ann:secret@127.0.0.1:1"]);
    expect(code).toBe(1);
    expect(stderr).toContain("nats://127.0.0.1:1");
    expect(stderr).toContain("nats-server -js");
    expect(stderr).not.toContain("secret");
  });
});
