// `--trace`: whoever gives and whoever gets can watch what is said, and who is the client of which conversation.
import { join } from "node:path";
import { expect, test } from "vitest";
import { p2p } from "../processes.ts";
import { LISTEN, make, openScene, records, seed } from "./scene.ts";

const scene = openScene();

test("each message is told with the role that this side has in its conversation, to people and to programs", async () => {
  const made = await make(scene, "photos");
  const { process: seeding, at } = await seed(made, "--trace");
  const to = ["--to", join(scene.folder, "traced")];
  const got = await p2p(["get", made.torrent, ...to, "--peer", at, "--trace", ...LISTEN]);
  expect([got.code, got.stdout.toString()]).toEqual([0, ""]);
  const [first, second, ...rest] = got.stderr.split("\n");
  expect(first).toContain(` #1 client ─▶ tcp://${at} handshake 68 bytes `);
  expect(second).toContain(` #1 client ◀─ tcp://${at} handshake 68 bytes `);
  expect(rest.filter((line) => line.includes(" piece "))).toHaveLength(23);
  const heard = (): Record<string, unknown>[] =>
    records(seeding.stdout).filter(({ event }) => event === "message");
  await expect.poll(() => heard().filter(({ type }) => type === "piece")).toHaveLength(23);
  expect(heard()[0]).toMatchObject({ role: "server", direction: "in", type: "handshake", bytes: 68 });
  expect(heard().find(({ type }) => type === "piece")).toMatchObject({ role: "server", direction: "out" });
});
