import { describe, expect, test } from "vitest";
import { encodeParts } from "../src/observe/parts.ts";
import { Bitfield } from "../src/engine/bitfield.ts";
import { graphOf } from "../web/graph.ts";
import { between, layoutOf } from "../web/layout.ts";
import { pieceMap } from "../web/piece-map.ts";
import { RateHistory, uploadBound } from "../web/rate-history.ts";
import { conversation, identity, idOf, state } from "./observe/states.ts";

const peer = (n: number, ...conversations: ReturnType<typeof conversation>[]) => ({
  identity: identity(n),
  state: state(conversations, { has: n }),
});

describe("the swarm as a graph", () => {
  test("has one edge for a conversation that both sides tell of, and knows who is the client", () => {
    const { nodes, edges } = graphOf([peer(2, conversation(2, 1)), peer(1, conversation(1, 2))]);
    expect(nodes.map(({ name }) => name)).toEqual(["10.0.0.1:6881", "10.0.0.2:6881"]);
    expect(edges).toHaveLength(1);
    const [edge] = edges;
    expect([edge!.client.name, edge!.server.name]).toEqual(["10.0.0.2:6881", "10.0.0.1:6881"]);
    expect([edge!.clientDoor, edge!.serverDoor]).toEqual(["10.0.0.2:50001", "10.0.0.1:6881"]);
  });

  test("believes of what is sent whoever receives it", () => {
    const sender = conversation(2, 1, { upload: 9000, amChoking: false, isInterested: true });
    const receiver = conversation(1, 2, {
      download: 7000,
      isChoking: false,
      amInterested: true,
      isSnubbing: true,
      asked: 4,
    });
    const said = { rate: 7000, isChoked: false, isInterested: true, isSnubbed: true, asked: 4 };
    for (const peers of [
      [peer(2, sender), peer(1, receiver)],
      [peer(1, receiver), peer(2, sender)],
    ])
      expect(graphOf(peers).edges[0]!.fromClient).toEqual(said);
  });

  test("has a node for whoever does not report, made of what the others see", () => {
    const seen = { client: "aria2 1.36", has: 5, door: { host: "10.0.0.7", port: 6999 } };
    const { nodes } = graphOf([
      peer(1, conversation(1, 7, { ...seen, download: 100 })),
      peer(2, conversation(2, 7, { ...seen, has: 6, download: 200 })),
    ]);
    expect(nodes.at(-1)).toMatchObject({
      key: idOf(7),
      name: "10.0.0.7:6999",
      client: "aria2 1.36",
      seen: undefined,
      has: 6,
      upload: 300,
    });
  });

  test("puts peers in the order of their addresses as numbers, and those who do not report last", () => {
    const { nodes } = graphOf([peer(10, conversation(10, 1)), peer(9), peer(2)]);
    expect(nodes.map(({ name }) => name)).toEqual([
      "10.0.0.2:6881",
      "10.0.0.9:6881",
      "10.0.0.10:6881",
      "10.0.0.1",
    ]);
  });
});

describe("the houses of a swarm", () => {
  const widths = [300, 640, 1040];
  const counts = Array.from({ length: 50 }, (_, n) => n + 1);

  test.each(widths)("stand apart and within the picture, for 1 to 50 peers on %d pixels", (width) => {
    for (const count of counts) {
      const { house, height, places } = layoutOf(count, width);
      expect(places).toHaveLength(count);
      for (const [at, { x, y }] of places.entries()) {
        expect(x - house.width / 2).toBeGreaterThanOrEqual(0);
        expect(x + house.width / 2).toBeLessThanOrEqual(width);
        expect(y - house.height / 2).toBeGreaterThanOrEqual(0);
        expect(y + house.height / 2).toBeLessThanOrEqual(height);
        for (const other of places.slice(at + 1))
          expect(Math.abs(x - other.x) >= house.width || Math.abs(y - other.y) >= house.height).toBe(true);
      }
    }
  });

  test("are large while they are few", () => {
    expect(layoutOf(3, 1040).detail).toBe("full");
    expect(layoutOf(12, 1040).detail).toBe("medium");
  });

  test("have a lane between them, from wall to wall; and none where there is no room", () => {
    const house = { width: 100, height: 80 };
    expect(between({ x: 0, y: 0 }, { x: 220, y: 0 }, house, 5)).toEqual([
      { x: 55, y: 0 },
      { x: 165, y: 0 },
    ]);
    expect(between({ x: 0, y: 0 }, { x: 100, y: 0 }, house, 5)).toBeUndefined();
  });
});

describe("the map of the pieces", () => {
  test("fills a cell for each piece that is there", () => {
    const has = new Bitfield(8);
    has.set(0);
    has.set(5);
    const { columns, rows, there } = pieceMap(encodeParts(has), 8, 40, 20);
    expect([columns, rows]).toEqual([4, 2]);
    expect(there).toBe("M0 0h1v1h-1zM1 1h1v1h-1z");
  });

  test("fills a part of a cell where many pieces share it", () => {
    const has = new Bitfield(1000);
    for (let piece = 0; piece < 5; piece++) has.set(piece);
    const { columns, rows, there } = pieceMap(encodeParts(has), 1000, 30, 30);
    expect(columns * rows).toBe(100);
    expect(there).toBe("M0 0h0.5v1h-0.5z");
  });

  test("is empty for what makes no sense", () => {
    expect(pieceMap("AAAAAAAA", 8, 40, 20).there).toBe("");
    expect(pieceMap("", 0, 40, 20).there).toBe("");
  });
});

describe("the rates of the last two minutes", () => {
  test("are kept so long, and of one peer as long as it was there", () => {
    const history = new RateHistory();
    const talking = graphOf([peer(2, conversation(2, 1, { upload: 5000 }))]);
    for (let ms = 0; ms <= 200_000; ms += 1000) history.add(ms < 150_000 ? talking : graphOf([]), ms);
    const { all, download } = history.series(idOf(1), 200_000);
    expect([all[0]!.atMs, all.at(-1)!.atMs]).toEqual([80_000, 200_000]);
    expect(all[0]!.rate).toBe(5000);
    expect(download.at(-1)).toEqual({ atMs: 149_000, rate: 5000 });
  });

  test("have a bound when everybody has one", () => {
    const limited = (n: number, uploadLimit: number | null) => ({
      ...peer(n),
      identity: { ...identity(n), uploadLimit },
    });
    expect(uploadBound(graphOf([limited(1, 3000), limited(2, 4000)]))).toBe(7000);
    expect(uploadBound(graphOf([limited(1, 3000), limited(2, null)]))).toBeUndefined();
    expect(uploadBound(graphOf([]))).toBeUndefined();
  });
});
