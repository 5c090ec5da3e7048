// Our file transfer as a user starts it, but for npm's own start. Starts nothing.
import path from "node:path";
import type { Command } from "./account.ts";
import type { CommandSubject, Task } from "./subject.ts";

const app = path.join(import.meta.dirname, "..", "..", "apps", "file-transfer", "src", "main.js");

export function fileTransfer(...args: string[]): Command {
  return { program: process.execPath, args: ["--max-semi-space-size=4", app, ...args] };
}

export function serve(folder: string, port: number, ...more: string[]): Command {
  return fileTransfer("server", "--folder", folder, "--listen", `tcp://127.0.0.1:${port}`, "--json", ...more);
}

const get = (title: string, ...flags: string[]): CommandSubject => ({
  title,
  serve: ({ from, port }: Task) => serve(from, port),
  move: ({ port, name, to }) =>
    fileTransfer("get", `tcp://127.0.0.1:${port}/${name}`, to, "--quiet", ...flags),
});

const put = (title: string, ...flags: string[]): CommandSubject => ({
  title,
  serve: ({ to, port }: Task) => serve(to, port),
  move: ({ port, from, name }) =>
    fileTransfer("put", path.join(from, name), `tcp://127.0.0.1:${port}`, "--quiet", ...flags),
});

export const ours = {
  "our-get": get("ours: get"),
  "our-put": put("ours: put"),
  "our-get-sha256": get("ours: get, SHA-256", "--hash", "sha256"),
  "our-put-sha256": put("ours: put, SHA-256", "--hash", "sha256"),
  "our-get-none": get("ours: get, unverified", "--hash", "none"),
  "our-put-none": put("ours: put, unverified", "--hash", "none"),
} satisfies Record<string, CommandSubject>;
