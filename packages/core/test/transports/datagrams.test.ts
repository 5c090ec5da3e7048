// A port for datagrams from and to anybody, on loopback addresses.
import { afterEach, expect, test } from "vitest";
import { openDatagrams, type Datagrams } from "../../src/transports/datagrams.ts";

const GROUP = "239.1.2.3";
const opened: Datagrams[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function open(host: string, port = 0, group?: string): Promise<Datagrams & { heard: string[] }> {
  const heard: string[] = [];
  const datagrams = await openDatagrams({
    host,
    port,
    ...(group !== undefined && { group }),
    onDatagram: (bytes, from, fromPort) => heard.push(`${Buffer.from(bytes).toString()} ${from} ${fromPort}`),
  });
  opened.push(datagrams);
  return Object.assign(datagrams, { heard });
}

const text = (words: string): Uint8Array => Buffer.from(words);

test("one port hears several, and answers each", async () => {
  const [one, two, three] = [await open("127.0.0.1"), await open("127.0.0.2"), await open("127.0.0.3")];
  two.send(text("from two"), one.host, one.port);
  three.send(text("from three"), one.host, one.port);
  await expect
    .poll(() => one.heard.toSorted())
    .toEqual([`from three 127.0.0.3 ${three.port}`, `from two 127.0.0.2 ${two.port}`]);
  one.send(text("to three"), three.host, three.port);
  await expect.poll(() => three.heard).toEqual([`to three 127.0.0.1 ${one.port}`]);
  expect(two.heard).toEqual([]);
});

test("all who have joined a group at a port hear what is said to it, the speaker too", async () => {
  const one = await open("127.0.0.1", 0, GROUP);
  const two = await open("127.0.0.1", one.port, GROUP);
  one.send(text("all"), GROUP, one.port);
  await expect
    .poll(() => [one.heard, two.heard].map(([first]) => first?.split(" ")[0]))
    .toEqual(["all", "all"]);
});

test("what cannot be sent is counted, and hurts nothing else", async () => {
  const one = await open("127.0.0.1");
  const impossible: [string, number][] = [
    ["localhost", 9],
    ["::1", 9],
    ["127.0.0.1", 0],
    ["127.0.0.1", 70_000],
    ["192.0.2.1", 9],
  ];
  for (const [host, port] of impossible) one.send(text("x"), host, port);
  one.send(new Uint8Array(70_000), one.host, one.port);
  one.send(text("me"), one.host, one.port);
  await expect.poll(() => one.unsent).toBe(6);
  await expect.poll(() => one.heard).toHaveLength(1);
});

test("a port of somebody else, and an address of another machine, are refused with a reason", async () => {
  const one = await open("127.0.0.1");
  await expect(open("127.0.0.1", one.port)).rejects.toMatchObject({ code: "address-in-use" });
  await expect(open("192.0.2.1")).rejects.toMatchObject({ code: "no-such-address" });
});

test("closed, it says nothing more, and its port is free", async () => {
  const one = await open("127.0.0.1");
  await one.close();
  await one.close();
  one.send(text("late"), "127.0.0.1", one.port);
  await open("127.0.0.1", one.port);
});
