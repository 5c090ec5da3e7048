// Tokens at every door: what one opens, what it does not, and that nothing outside is ever touched.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signToken } from "@socketlab/core/server-kit";
import type { TestProcess } from "@socketlab/core/test-kit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FromClient } from "../src/protocol.ts";
import { Gate } from "../src/server/gate.ts";
import type { Scope } from "../src/server/scope.ts";
import { converseWith, RecordingStore } from "./conversing.ts";
import { serveHttp } from "./http/serving.ts";
import { fileTransfer, startServer } from "./processes.ts";

const secret = new Uint8Array(randomBytes(48));
const later = Date.now() + 3_600_000;
const sign = (claims: Record<string, unknown>, expiresAtMs = later): Promise<string> =>
  signToken(secret, { name: "ada", expiresAtMs, claims });
const codes = (answers: readonly { type: string; code?: string }[]): string[] =>
  answers.map(({ type, code }) => code ?? type);

describe("in a conversation", () => {
  const list = (id: number, path: string): FromClient => ({ type: "list", id, path });

  test("nothing is told or done without one, and a bad one opens nothing", async () => {
    const store = new RecordingStore();
    const gate = new Gate({ secret });
    const good = await sign({ read: [""], write: [""] });
    const answers = await converseWith({ store, gate }, [
      list(1, ""),
      { type: "remove", id: 2, path: "a", recursive: true },
      { type: "get", id: 3, path: "a", algorithm: "blake3" },
      { type: "hello", token: `${good.slice(0, -4)}AAAA` },
      list(4, ""),
      { type: "hello" },
    ]);
    expect(codes(answers)).toEqual([
      "token-needed",
      "token-needed",
      "token-needed",
      "bad-token",
      "token-needed",
      "welcome",
    ]);
    expect(answers.at(-1)).toMatchObject({ canWrite: false, read: [], write: [] });
    expect(store.touched).toEqual([]);
  });

  test("the welcome says what it opens, and until when", async () => {
    const gate = new Gate({ secret });
    const token = await sign({ read: ["inbox"], write: ["inbox/ada"] });
    const [welcome] = await converseWith({ gate }, [{ type: "hello", token }]);
    expect(welcome).toEqual({
      type: "welcome",
      canWrite: true,
      read: ["inbox"],
      write: ["inbox/ada"],
      expiresAtMs: Math.floor(later / 1000) * 1000,
    });
    const readOnly = new Gate({ secret, isReadOnly: true });
    const answers = await converseWith({ gate: readOnly }, [{ type: "hello", token }]);
    expect(answers).toMatchObject([{ canWrite: false, read: ["inbox"], write: [] }]);
  });

  test("a token that expires meanwhile opens nothing more", async () => {
    let now = later - 2000;
    const gate = new Gate({ secret, now: () => now });
    const token = await sign({ read: ["inbox"] });
    const answers = await converseWith({ gate }, [
      { type: "hello", token },
      list(1, "inbox"),
      () => void (now = later),
      list(2, "inbox"),
    ]);
    expect(codes(answers)).toEqual(["welcome", "entries", "bad-token"]);
    expect(answers[2]).toMatchObject({ id: 2, detail: "the token has expired" });
  });

  test("claims that are not ours are refused", async () => {
    const gate = new Gate({ secret });
    for (const claims of [{ read: "inbox" }, { read: [".."] }, { write: ["/"] }, { read: [1, "a//b"] }])
      expect(codes(await converseWith({ gate }, [{ type: "hello", token: await sign(claims) }]))).toEqual([
        "bad-token",
      ]);
    // A token of another app opens nothing.
    const answers = await converseWith({ gate }, [
      { type: "hello", token: await sign({ rooms: ["a"] }) },
      list(1, ""),
    ]);
    expect(codes(answers)).toEqual(["welcome", "not-allowed"]);
  });

  test("a server without a secret heeds none", async () => {
    const answers = await converseWith({ gate: new Gate() }, [
      { type: "hello", token: "whatever" },
      list(1, ""),
    ]);
    expect(codes(answers)).toEqual(["welcome", "entries"]);
    expect(answers[0]).toEqual({ type: "welcome", canWrite: true, read: [""], write: [""] });
  });
});

// Few names, so that paths meet scopes; and the tricks.
const name = fc.constantFrom("a", "b", "ab", "A", "é", "e\u0301");
const goodPath = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
const trick = fc.constantFrom("..", ".", "", "a\\..\\b", "%2e%2e", "..%2f", "\0", ".socketlab", "a ", "C:");
const anyPath = fc.oneof(
  goodPath,
  fc.array(fc.oneof(name, trick), { maxLength: 5 }).map((names) => names.join("/")),
);
const roots = fc.array(
  fc.oneof({ weight: 6, arbitrary: goodPath }, { weight: 1, arbitrary: fc.constant("") }),
  {
    maxLength: 2,
  },
);
const scopes: fc.Arbitrary<Scope> = fc.record({ read: roots, write: roots });

/** Name by name, in another way than the server does it. */
function isInside(path: string, within: readonly string[]): boolean {
  const names = path.normalize("NFC").split("/");
  return within.some((root) => {
    const above = root === "" ? [] : root.normalize("NFC").split("/");
    return above.every((one, at) => names[at] === one) && !names.includes("..");
  });
}

describe("for random scopes and paths, nothing outside is touched and nothing inside is withheld", () => {
  const actions = {
    list: "read",
    stat: "read",
    get: "read",
    put: "write",
    remove: "write",
    makeFolder: "write",
  } as const;

  test("by messages", async () => {
    const gate = new Gate({ secret });
    const kinds = Object.keys(actions) as (keyof typeof actions)[];
    const questions = fc.array(fc.tuple(fc.constantFrom(...kinds), anyPath), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(scopes, questions, async (scope, asked) => {
        const store = new RecordingStore();
        const token = await sign({ ...scope });
        const answers = await converseWith({ store, gate }, [
          { type: "hello", token },
          ...asked.map(([type, path], id) => ask(type, path, id)),
        ]);
        for (const { action, path } of store.touched)
          expect(isInside(path, scope[action]), `${action} ${path}`).toBe(true);
        for (const [id, [type, path]] of asked.entries()) {
          const refused = answers.find((answer) => answer.type === "refused" && answer.id === id);
          const code = refused?.type === "refused" ? refused.code : undefined;
          if (code === "not-allowed") expect(isInside(path, scope[actions[type]])).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("by links and tus", async () => {
    const gate = new Gate({ secret });
    await using serving = await serveHttp({
      allow: async (token, action, path) => (await gate.admit(token)).assertMay(action, path),
    });
    for (const path of ["a", "b/a", "ab/A/a", "é/b", "a/b/ab"]) serving.store.put(path, Buffer.from(path));
    const before = new Set(serving.store.files.keys());
    await fc.assert(
      fc.asyncProperty(scopes, fc.oneof(goodPath, fc.constantFrom(...before)), async (scope, path) => {
        const token = await sign({ ...scope });
        const encoded = path.split("/").map(encodeURIComponent).join("/");
        const headers = { Authorization: `Bearer ${token}` };
        const inside = isInside(path, scope.read);
        for (const answer of [
          await fetch(`${serving.url}/files/${encoded}`, { headers }),
          await fetch(`${serving.url}/files/${encoded}?token=${token}`),
        ]) {
          if (inside) expect(answer.status).not.toBe(403);
          else expect(answer.status).toBe(403);
          await answer.body?.cancel();
        }
        const metadata = `path ${Buffer.from(path).toString("base64")}`;
        const upload = { "Tus-Resumable": "1.0.0", "Upload-Length": "0", "Upload-Metadata": metadata };
        const created = await fetch(`${serving.url}/uploads`, {
          method: "POST",
          headers: { ...headers, ...upload },
        });
        await created.body?.cancel();
        expect(created.status === 403).toBe(!isInside(path, scope.write));
        const written = path.normalize("NFC");
        if (!isInside(path, scope.write) && !before.has(written))
          expect(serving.store.files.has(written)).toBe(false);
        if (!before.has(written)) serving.store.files.delete(written);
      }),
      { numRuns: 60 },
    );
  });
});

function ask(type: string, path: string, id: number): FromClient {
  switch (type) {
    case "get":
      return { type, id, path, algorithm: "blake3" };
    case "put":
      return { type, id, path, size: 0, mtimeMs: 0, mode: 0o644, algorithm: "blake3", upload: `u${id}` };
    case "remove":
      return { type, id, path, recursive: true };
    case "stat":
      return { type, id, path, hash: "sha256" };
    default:
      return { type: type as "list" | "makeFolder", id, path };
  }
}

describe("as a person uses them", () => {
  let folder = "";
  let [there, secretFile, tokenFile] = ["", "", ""];
  let server: TestProcess;
  let tcp = "";
  let http = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "file-transfer-tokens-"));
    [there, secretFile, tokenFile] = [join(folder, "there"), join(folder, "secret"), join(folder, "token")];
    mkdirSync(join(there, "inbox"), { recursive: true });
    mkdirSync(join(there, "other"));
    writeFileSync(join(there, "inbox/a.txt"), "in the inbox");
    writeFileSync(join(there, "other/b.txt"), "elsewhere");
    writeFileSync(secretFile, `${randomBytes(48).toString("base64")}\n`);
    const flags = ["token", "--secret-file", secretFile, "--name", "Ada"];
    const made = await fileTransfer([
      ...flags,
      "--read",
      "inbox/",
      "--write",
      "inbox/ada",
      "--expires",
      "1h",
    ]);
    expect([made.code, made.stderr]).toEqual([0, ""]);
    writeFileSync(tokenFile, made.stdout);
    const started = await startServer(
      there,
      ["tcp://127.0.0.1:0", "ws://127.0.0.1:0"],
      ["--secret-file", secretFile],
    );
    server = started.server;
    tcp = started.urls[0]!;
    http = started.urls[1]!.replace(/^ws/, "http").replace(/\/$/, "");
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test("from a file or the environment; never without", async () => {
    const put = ["put", secretFile, `${tcp}/inbox/ada`];
    expect(await fileTransfer(put)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("this server asks for a token; give it one with --token-file FILE"),
    });
    expect(existsSync(join(there, "inbox/ada"))).toBe(false);
    expect(await fileTransfer([...put, "--token-file", tokenFile])).toMatchObject({ code: 0 });
    expect(existsSync(join(there, "inbox/ada/secret"))).toBe(true);
    const env = { FILE_TRANSFER_TOKEN: readFileSync(tokenFile, "utf8") };
    const list = await fileTransfer(["list", `${tcp}/inbox`, "--json"], { env });
    expect(
      list.stdout
        .toString()
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { path: string }).path),
    ).toEqual(["inbox/a.txt", "inbox/ada"]);
    expect(await fileTransfer(["list", tcp], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it allows to read "inbox" and write "inbox/ada"'),
    });
    expect(await fileTransfer(["remove", `${tcp}/inbox/a.txt`], { env })).toMatchObject({ code: 1 });
    expect(await fileTransfer(["get", `${tcp}/other/b.txt`, folder], { env })).toMatchObject({ code: 1 });
    expect(existsSync(join(folder, "b.txt"))).toBe(false);
  });

  test("in a link, and in a header", async () => {
    const token = readFileSync(tokenFile, "utf8").trim();
    const file = `${http}/files/inbox/a.txt`;
    const none = await fetch(file);
    expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    const metadata = `path ${Buffer.from("inbox/new").toString("base64")}`;
    const upload = { "Tus-Resumable": "1.0.0", "Upload-Length": "0", "Upload-Metadata": metadata };
    const refused = await fetch(`${http}/uploads`, { method: "POST", headers: upload });
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(await (await fetch(`${file}?token=${token}`)).text()).toBe("in the inbox");
    const headers = { Authorization: `Bearer ${token}` };
    expect(await (await fetch(file, { headers })).text()).toBe("in the inbox");
    for (const path of ["other/b.txt", "inbox/%2e%2e/other/b.txt", "inbox/..%2fother/b.txt", ""])
      expect([400, 403]).toContain((await fetch(`${http}/files/${path}`, { headers })).status);
  });

  test.each([
    [["token", "--name", "ada"], /file-transfer token --name NAME --secret-file FILE --read FOLDER/],
    [["token", "--name", "ada", "--secret-file", "x"], /what the token allows is missing/],
    [["token", "--name", "", "--secret-file", "x", "--read", "a"], /--name: "" cannot be a name/],
    [["token", "--name", "a", "--secret-file", "x", "--read", "../a"], /--read: .* could lead out/],
    [["token", "--name", "a", "--secret-file", "x", "--write", ""], /"\/" is everything/],
    [["list", "tcp://127.0.0.1:1", "--token", "x"], /did you mean --token-file\?/],
    [["list", "tcp://127.0.0.1:1", "--token-file", "package.json"], /--token-file: this is no token/],
  ])("%j is wrong usage, and says what is wrong", async (args, sentence) => {
    const { code, stderr, stdout } = await fileTransfer(args);
    expect(stderr).toMatch(sentence);
    expect(stdout.toString()).toBe("");
    expect(code).toBe(2);
  });

  test("a server whose secret is no good does not start", async () => {
    const bad = ["server", "--folder", there, "--listen", "tcp://127.0.0.1:0", "--secret-file"];
    expect(await fileTransfer([...bad, join(folder, "none")])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot read .* \(ENOENT\); make one with: openssl rand/),
    });
  });
});
