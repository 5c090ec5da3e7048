// `npm run new`: what it makes is a project that installs, tests and starts by itself; what it refuses, it leaves alone.
// Knows the command line alone, and what the repository has in apps/.
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "vitest";
import { needs } from "@socketlab/core/test-kit";
import { bin, call, cleanUp, git, groupIsGone, root, start, temp, until } from "./person.ts";
import type { Ended } from "./person.ts";

afterAll(cleanUp, 120_000);

function make(args: readonly string[], more: NodeJS.ProcessEnv = {}): Ended {
  return call("node", [join(root, "scripts/new.mjs"), ...args], temp, more);
}

const bare = ["--no-install", "--no-git"];

// Each app of the repository, so that a new one need not be added here.
const apps = readdirSync(join(root, "apps")).filter((app) =>
  existsSync(join(root, "apps", app, "src/main.js")),
);

/** What a foreign program says at the TCP door of a server, and what it hears if that is the app; of others, nothing. */
const talks: Record<string, readonly [said: string, heard: string]> = {
  echo: ["good morning", "good morning"],
  chat: ['{"type":"hello","name":"Ann"}\n', '{"type":"welcome","name":"Ann"}\n'],
  "file-transfer": ["\0\0\0\x03\x01{}", '\0\0\0\x2b\x01{"canWrite":true,"read":[""],"write":[""]}'],
};
/** What else an app is started with: p2p's observer has a page, and its peers have doors of their own. */
const startFlags: Record<string, readonly string[]> = { p2p: ["--listen", "ws://127.0.0.1:0"] };

describe("what is refused", () => {
  test.for<[what: string, args: string[], message: RegExp, code: number]>([
    ["nothing at all", [], /^Which app \(.*echo.*\), and where to\? Example: /, 2],
    ["an app without a folder", ["echo"], /^Where to\? Example: /, 2],
    ["an unknown app", ["ecco", "made"], /^There is no app "ecco" to copy\. There (is|are): .*echo/, 2],
    ["a path for an app", ["../echo", "made"], /^There is no app "\.\.\/echo"/, 2],
    ["a third word", ["echo", "made", "too"], /^"too" is one argument too many/, 2],
    ["an unknown flag", ["echo", "made", "--overwrit"], /^There is no flag --overwrit /, 2],
    ["a flag of everybody", ["echo", "made", "--toString"], /^There is no flag --toString /, 2],
    ["a value where there is none", ["echo", "made", "--no-git=1"], /^--no-git takes no value/, 2],
    ["a name without its value", ["echo", "made", "--name"], /^--name needs a value/, 2],
    ["a folder in the repository", ["echo", join(root, "apps/mine")], /is inside this repository/, 2],
    ["the repository", ["echo", root], /is inside this repository/, 2],
    ["what contains it", ["echo", join(root, ".."), "--overwrite"], /contains this repository/, 2],
    ["a name with capitals", ["echo", "made", "--name", "Made"], /"Made" has capital letters/, 2],
    ["a name with a space", ["echo", "made", "--name", "my echo"], /characters that npm does not allow/, 2],
    ["a name with a dot before", ["echo", "made", "--name", ".echo"], /begins with "\."/, 2],
    ["a name with a hyphen before", ["echo", "made", "--name=--no-git"], /begins with "-"/, 2],
    ["a name beyond the limit", ["echo", "made", "--name", "e".repeat(215)], /215 characters/, 2],
    ["an empty name", ["echo", "made", "--name="], /"" is empty/, 2],
    ["a name of Node.js", ["echo", "made", "--name", "net"], /is taken/, 2],
    [
      "a name of a dependency",
      ["echo", "made", "--name", "@socketlab/core"],
      /one of its own dependencies/,
      2,
    ],
    ["a file in the way", ["echo", "gitconfig"], /exists and is a file/, 1],
    ["a file in the path", ["echo", "gitconfig/made"], /a part of its path is a file/, 1],
  ])("%s, in one line, and nothing is made", ([, args, message, code]) => {
    const before = readdirSync(temp);
    const result = make([...args, ...bare]);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split("\n"), "one line").toHaveLength(1);
    expect(readdirSync(temp)).toEqual(before);
  });

  test("the repository by another path", () => {
    const link = join(temp, "link");
    symlinkSync(root, link);
    expect(make(["echo", "link/mine", ...bare])).toMatchObject({ code: 2 });
    rmSync(link);
  });

  test.skipIf(process.platform !== "linux")("a folder that the system keeps for itself", () => {
    const result = make(["echo", "/sys/made", ...bare]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^\/sys\/made cannot be written: .*Nothing was left there\.$/m);
  });

  test("a folder that is not empty; with --overwrite only what the copy has is replaced", () => {
    const folder = join(temp, "full");
    mkdirSync(join(folder, "src"), { recursive: true });
    for (const name of ["package.json", "notes.txt", "src/mine.ts"])
      writeFileSync(join(folder, name), "mine");
    const refused = make(["echo", "full", ...bare]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^full is not empty \(.*notes\.txt.*--overwrite/);
    expect(readFileSync(join(folder, "package.json"), "utf8")).toBe("mine");

    expect(make(["echo", "full", "--overwrite", ...bare])).toMatchObject({ code: 0, stderr: "" });
    for (const name of ["notes.txt", "src/mine.ts"])
      expect(readFileSync(join(folder, name), "utf8")).toBe("mine");
    expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).toMatchObject({ name: "full" });
  });

  test("to write through a link, or a file where a folder is", () => {
    const [folder, elsewhere] = [join(temp, "linked"), join(temp, "elsewhere")];
    for (const made of [folder, elsewhere]) mkdirSync(made);
    symlinkSync(elsewhere, join(folder, "src"));
    const result = make(["echo", "linked", "--overwrite", ...bare]);
    expect(result.stderr).toMatch(/src is a link, where the copy has a folder\. Nothing was written\.\n$/);
    expect([readdirSync(folder), readdirSync(elsewhere)]).toEqual([["src"], []]);
    rmSync(join(folder, "src"));
    mkdirSync(join(folder, "package.json"));
    expect(make(["echo", "linked", "--overwrite", ...bare]).stderr).toMatch(/package\.json is a folder/);
    expect(readdirSync(folder)).toEqual(["package.json"]);
  });
});

describe("what is made", () => {
  test("--help tells it, and asks nothing", () => {
    const { code, stdout } = make(["--help"]);
    expect(code).toBe(0);
    for (const flag of ["--name", "--overwrite", "--no-git", "--no-install"]) expect(stdout).toContain(flag);
  });

  test("the name comes from the folder's, as npm allows it", () => {
    for (const [folder, name] of [
      ["Mein Écho (1)", "mein-echo-1"],
      ["日本", "my-app"],
      ["vite", "my-vite"],
      ["-x'y $z", "x-y-z"],
    ] as const) {
      const { code, stdout } = make(
        ["--", "echo", `named/${folder}`, ...bare].slice(folder.startsWith("-") ? 0 : 1),
      );
      expect(code).toBe(0);
      expect(stdout).toContain(`Made ${name} in `);
      const cd = /^ {2}(cd .*)$/m.exec(stdout)?.[1] ?? "";
      expect(call("sh", ["-c", `${cd} && pwd`], temp).stdout).toBe(`${join(temp, "named", folder)}\n`);
    }
  });

  test.each(apps)("%s needs nothing of this repository, and its tests neither", (app) => {
    const folder = join(temp, `plain-${app}`);
    expect(make([app, folder, ...bare])).toMatchObject({ code: 0, stderr: "" });
    const files = globSync("**/*", { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const entry of files) {
      const content = readFileSync(join(entry.parentPath, entry.name), "utf8");
      if (entry.name === "package.json") expect(content, entry.name).not.toMatch(/"(workspace|catalog):/);
      expect(content, entry.name).not.toContain(root);
    }
    for (const name of ["README.md", "LICENSE", ".gitignore", ".editorconfig", "packages/core/src/index.ts"])
      expect(existsSync(join(folder, name)), name).toBe(true);
    for (const name of ["node_modules", "dist", ".git", "packages/core/test"])
      expect(existsSync(join(folder, name)), name).toBe(false);
    const links = readFileSync(join(folder, "README.md"), "utf8").matchAll(/\]\((\.[^)#\s]*)/g);
    for (const [, link = ""] of links) expect(existsSync(join(folder, link)), link).toBe(true);
    expect(readFileSync(join(folder, "README.md"), "utf8")).not.toContain("npm run new");
  });

  test("a new app needs no set-up and no change here; one whose tests reach out of its folder is refused", () => {
    const clone = join(temp, "clone");
    const files = ["apps/echo/package.json", "packages", "scripts", ".gitignore", ".editorconfig", "LICENSE"];
    for (const name of files.concat("package.json", "pnpm-workspace.yaml", "tsconfig.base.json")) {
      cpSync(join(root, name), join(clone, name), { recursive: true, filter: isSource });
    }
    const app = join(clone, "apps/mine");
    for (const folder of ["src", "test"]) mkdirSync(join(app, folder), { recursive: true });
    const manifest = {
      name: "@socketlab/mine",
      scripts: { bench: "node ../../bench/main.ts mine", test: "vitest run" },
      dependencies: { "@socketlab/core": "workspace:*", zod: "catalog:" },
    };
    writeFileSync(join(app, "package.json"), JSON.stringify(manifest));
    const links = "See [chapter 1](../../labs/1.md) and [core](../../packages/core/src/).";
    writeFileSync(join(app, "README.md"), `# Mine\n\n${links}\n`);
    writeFileSync(join(app, "src/main.js"), "export {};\n");
    const copy = (to: string): Ended =>
      call(process.execPath, ["scripts/new.mjs", "mine", `../${to}`, ...bare], clone);

    expect(copy("my-mine")).toMatchObject({ code: 0, stderr: "" });
    const made = JSON.parse(readFileSync(join(temp, "my-mine/package.json"), "utf8"));
    expect(made.scripts).toEqual({
      start: "node start.mjs",
      mine: "node src/main.js",
      test: "vitest run",
    });
    expect(made.dependencies).toEqual({
      "@socketlab/core": "*",
      zod: expect.stringMatching(/^\^\d+\.\d+\.\d+$/),
    });
    expect(readdirSync(join(temp, "my-mine/packages"))).toEqual(["core"]);
    expect(readFileSync(join(temp, "my-mine/README.md"), "utf8")).toContain(
      "See chapter 1 and [core](./packages/core/src/).",
    );

    mkdirSync(join(clone, "tests"));
    writeFileSync(join(clone, "tests/check.ts"), "");
    const outside = "../../../tests/check.ts";
    writeFileSync(join(app, "test/mine.test.ts"), `import { needs } from "${outside}";\n`);
    const { code, stderr } = copy("not-made");
    expect(code).toBe(1);
    expect(stderr).toContain(`apps/mine/test/mine.test.ts refers to "${outside}", which stays behind`);
    expect(existsSync(join(temp, "not-made"))).toBe(false);
  });

  test(
    "without a git identity everything is added, nothing committed, and the rest is told",
    needs("git"),
    () => {
      const nobody = { GIT_CONFIG_GLOBAL: join(temp, "nobody"), EMAIL: "" };
      writeFileSync(join(temp, "nobody"), "[user]\n  useConfigOnly = true\n");
      const { code, stdout } = make(["echo", "anonymous", "--no-install"], nobody);
      expect(code).toBe(0);
      expect(stdout).toMatch(/git does not know who you are.*git commit -m "Start from Socketlab's echo"/);
      expect(git(join(temp, "anonymous"), "diff", "--cached", "--name-only")).toContain("src/main.js");
      expect(git(join(temp, "anonymous"), "log")).toBe("");
    },
  );

  test("a folder in a repository of one's own is left to that one", needs("git"), () => {
    const outer = join(temp, "outer");
    mkdirSync(outer);
    git(outer, "init", "--quiet");
    expect(make(["echo", "outer/inner", "--no-install"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("in a git repository already"),
    });
    expect(existsSync(join(outer, "inner/.git"))).toBe(false);
    expect(git(outer, "log")).toBe("");
  });

  test("without the program git it is made all the same", () => {
    expect(make(["echo", "gitless", "--no-install"], { PATH: bin })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("the command git was not found"),
    });
  });

  test("without npm it is made, and the installation is told as left undone with exit code 1", () => {
    const result = make(["echo", "npmless", "--no-git"], { PATH: bin });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("the command npm was not found");
    expect(result.stdout).toContain("  npm install\n");
  });
});

describe.each(apps)("the project that is made of %s", needs("npm registry", "git"), (app) => {
  const folder = folderOf(app);
  const hasPage = existsSync(join(root, "apps", app, "web"));

  test("`npm run new` from a subfolder makes it, installs it and commits it", { timeout: 300_000 }, () => {
    const result = call("npm", ["run", "new", "--", app, folder], join(root, "scripts"));
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/Next:\n {2}cd '.*Mein é .*'\n {2}npm test\n {2}npm start\n$/);
    expect(git(folder, "status", "--porcelain")).toBe("");
    expect(git(folder, "log", "--format=%an %s")).toBe(`Ada Start from Socketlab's ${app}`);
    expect(git(folder, "ls-files")).toContain("package-lock.json");
  });

  test("npm install finds nothing left to do", { timeout: 120_000 }, () => {
    expect(call("npm", ["install"], folder).code).toBe(0);
    expect(git(folder, "status", "--porcelain")).toBe("");
  });

  test("npm test passes, and the types are right", { timeout: 400_000 }, () => {
    const tests = call("npm", ["test"], folder);
    expect(tests.code, tests.stdout + tests.stderr).toBe(0);
    expect(tests.stdout).toMatch(/Tests .*\d+ passed/);
    const types = hasPage
      ? call("npm", ["run", "typecheck"], folder)
      : call("npx", ["tsc", "-p", "."], folder);
    expect(types.code, types.stdout).toBe(0);
  });

  test(
    "npm start builds the page, serves it, talks, and ends with Ctrl-C leaving nothing behind",
    { timeout: 120_000 },
    async () => {
      const { child, tcp, ws } = await start("npm", folder, "start", "--", ...(startFlags[app] ?? []));
      const [said, heard] = talks[app] ?? [];
      if (said !== undefined) expect(await hear(tcp.port, said)).toBe(heard);
      if (hasPage) {
        const page = await fetch(`http://${ws.host}/`);
        expect([page.status, await page.text()]).toEqual([200, expect.stringMatching(/<script[^>]*src="/)]);
      }
      process.kill(-(child.pid ?? 0), "SIGINT");
      await once(child, "exit");
      expect(await until(() => groupIsGone(child))).toBe(true);
      expect(git(folder, "status", "--porcelain")).toBe("");
    },
  );
});

// What is the same for every copy is looked at in one.
describe("a copy of echo", needs("npm registry", "git"), () => {
  const folder = folderOf("echo");

  test(
    "it builds again only what has changed, and ends when npm alone is told to",
    { timeout: 120_000 },
    async () => {
      const page = join(folder, "dist/index.html");
      const built = statSync(page).mtimeMs;
      for (const isChanged of [false, true]) {
        if (isChanged) utimesSync(join(folder, "web/index.html"), new Date(), new Date());
        const { child } = await start("npm", folder, "start", "--");
        expect(statSync(page).mtimeMs > built).toBe(isChanged);
        child.kill("SIGTERM");
        expect(await until(() => groupIsGone(child))).toBe(true);
      }
    },
  );

  test("works with pnpm as well", { timeout: 300_000 }, async () => {
    const copy = join(temp, "with pnpm");
    cpSync(folder, copy, { recursive: true, filter: isSource });
    const pnpm = join(root, "node_modules/.bin/pnpm");
    const install = call(pnpm, ["install", "--no-frozen-lockfile"], copy);
    expect(install.code, install.stdout + install.stderr).toBe(0);
    const { child, tcp } = await start(pnpm, copy, "start");
    expect(await hear(tcp.port, "good morning")).toBe("good morning");
    process.kill(-(child.pid ?? 0), "SIGINT");
    expect(await until(() => groupIsGone(child))).toBe(true);
  });

  test("without its dependencies, or with an older Node.js, npm start says so in one line", () => {
    const copy = join(temp, "not installed");
    mkdirSync(copy);
    for (const name of ["start.mjs", "package.json"]) cpSync(join(folder, name), join(copy, name));
    expect(call("node", ["start.mjs"], copy)).toEqual({
      code: 1,
      stdout: "",
      stderr: "The dependencies are not installed yet: npm install\n",
    });
    const older = 'Object.defineProperty(process.versions, "node", { value: "22.1.0" });';
    writeFileSync(join(copy, "older.cjs"), older);
    const result = call("node", ["--require", "./older.cjs", "start.mjs"], copy);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^This needs Node\.js 24 or newer.*\n$/);
  });
});

/** Where the copy of an app goes that is installed: two tests need it. */
function folderOf(app: string): string {
  return join(temp, `Mein é ${app}`);
}

/** Says something, and all that comes back until the end. */
async function hear(port: string, said: string): Promise<string> {
  const socket = connect(Number(port), "127.0.0.1");
  socket.end(said);
  return text(socket);
}

function isSource(path: string): boolean {
  return !/[\\/](node_modules|dist|\.git)$/.test(path);
}
