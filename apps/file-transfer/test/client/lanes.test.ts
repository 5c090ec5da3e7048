// One file over several conversations with a real server, over a network with virtual time: one of them breaks, or comes late.
import { connect, listen, seededRandom, VirtualClock, VirtualNetwork } from "@socketlab/core";
import { expect, test } from "vitest";
import { fetchFile } from "../../src/client/fetch-file.ts";
import { Remote, type FileSocket } from "../../src/client/remote.ts";
import { sendFile } from "../../src/client/send-file.ts";
import { entriesOf } from "../../src/client/walk.ts";
import { CHUNK_BYTES, fileTransfer, type Entry } from "../../src/protocol.ts";
import { converse } from "../../src/server/conversation.ts";
import { hallOf } from "../hall.ts";
import { MemoryStore } from "../memory-store.ts";
import { contentOf, MemorySink, MemorySource } from "../transfer/ends.ts";

const random = seededRandom(1);
const content = contentOf(60 * CHUNK_BYTES + 7, random);
const upload = {
  type: "put",
  path: "file",
  size: content.length,
  mtimeMs: 1000,
  mode: 0o644,
  algorithm: "blake3",
  upload: "one",
} as const;

async function begin(count: number) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 1, faults: { delayMs: 5, rateBytesPerSecond: 50e6 } });
  const store = new MemoryStore();
  const listener = await listen(fileTransfer, "tcp://127.0.0.1:0", { network });
  const hall = hallOf(store);
  void (async () => {
    for await (const socket of listener) converse(socket, hall).catch(() => {});
  })();
  const url = `tcp://127.0.0.1:${listener.endpoint.port}`;
  const sockets: FileSocket[] = [];
  for (let index = 0; index < count; index++)
    sockets.push(await inTime(clock, connect(fileTransfer, url, { network })));
  const remotes = sockets.map((socket) => new Remote(socket)) as [Remote, ...Remote[]];
  return { clock, store, sockets, remotes };
}

/** Lets virtual time pass until `promise` settles: what is read and written takes real turns meanwhile. */
async function inTime<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const mark = (): void => void (isSettled = true);
  promise.then(mark, mark);
  while (!isSettled) await clock.advance(1);
  return promise;
}

test.each([0, 1, 2])(
  "fetched over three, of which number %i breaks: it arrives, and is read there once",
  async (broken) => {
    const { clock, store, sockets, remotes } = await begin(3);
    store.put("file", content);
    const sink = new MemorySink(content.length, random);
    let received = 0;
    const report = {
      onReceived: (bytes: number) => {
        received += bytes;
        if (received > content.length / 3) sockets[broken]!.abort();
      },
    };
    await inTime(
      clock,
      fetchFile(remotes, "file", "blake3", () => sink, report),
    );
    expect(Buffer.compare(sink.content, content)).toBe(0);
    expect(received).toBe(content.length);
    // But for what was on its way from the one that broke, and what was asked for twice at the end.
    expect(store.bytesRead).toBeLessThan(content.length + 24 * CHUNK_BYTES);
    await expect.poll(async () => (await clock.advance(100), store.openFiles)).toBe(0);
  },
);

test.each([0, 1, 2])("sent over three, of which number %i breaks: it arrives", async (broken) => {
  const { clock, store, sockets, remotes } = await begin(3);
  let sent = 0;
  const onSent = (bytes: number): void => {
    sent += bytes;
    if (sent > content.length / 3) sockets[broken]!.abort();
  };
  await inTime(clock, sendFile(remotes, upload, new MemorySource(content, random), onSent));
  expect(Buffer.compare(store.files.get("file")!.bytes, content)).toBe(0);
});

test("when all break, it fails with what broke the first", async () => {
  const { clock, sockets, remotes } = await begin(2);
  const onSent = (): void => sockets.forEach((socket) => socket.abort());
  const sending = sendFile(remotes, upload, new MemorySource(content, random), onSent);
  await expect(inTime(clock, sending)).rejects.toMatchObject({ name: "ClosedError" });
});

test("who comes late with what has just arrived is told that it is done, and nothing is written again", async () => {
  const { clock, store, remotes } = await begin(2);
  const [first, second] = remotes;
  const put = (remote: Remote): Promise<void> =>
    inTime(
      clock,
      sendFile([remote], upload, new MemorySource(content, random), () => (sent = true)),
    );
  let sent = false;
  await put(first);
  const arrived = store.files.get("file");
  sent = false;
  await put(second!);
  expect(store.files.get("file")).toBe(arrived);
  expect(sent).toBe(false);
});

test.each(["../out", "folder/../../out", "folder/a/b", "other/a", "folder/", "folder/.."])(
  "a server that says %j is in a folder is not believed",
  async (path) => {
    const entry: Entry = { path, kind: "file", size: 1, mtimeMs: 1, mode: 0o644 };
    const remote = { ask: () => Promise.resolve({ entries: [entry], more: false }) } as unknown as Remote;
    await expect(entriesOf(remote, "folder").next()).rejects.toMatchObject({ code: "bad-message" });
  },
);
