import { expect, test } from "vitest";
import { Credit } from "../../src/transfer/credit.ts";

/** Takes all that it can get, now and whenever there is more, up to `wanted`. */
class User {
  has = 0;
  readonly #credit: Credit;
  readonly #wanted: number;

  constructor(credit: Credit, wanted = Infinity) {
    this.#credit = credit;
    this.#wanted = wanted;
    this.takeAll();
  }

  takeAll(): void {
    while (this.has < this.#wanted && this.#credit.take(this, () => this.takeAll())) this.has++;
  }

  /** One chunk is written. */
  goOn(): void {
    this.has--;
    this.#credit.give(this, 1);
    this.takeAll();
  }
}

test("one transfer alone has at most 8 chunks on their way", () => {
  expect(new User(new Credit()).has).toBe(8);
});

test("all together never have more than 16", () => {
  const credit = new Credit();
  const users = Array.from({ length: 64 }, () => new User(credit));
  for (let round = 0; round < 1000; round++) {
    users.filter(({ has }) => has > 0)[round % 3]?.goOn();
    expect(users.reduce((sum, { has }) => sum + has, 0)).toBe(credit.inUse);
    expect(credit.inUse).toBeLessThanOrEqual(16);
  }
});

test("everybody gets its turn, however many there are", () => {
  const credit = new Credit();
  const users = Array.from({ length: 64 }, () => new User(credit));
  const served = new Set<User>();
  for (let round = 0; round < 200; round++) {
    const user = users.find((each) => each.has > 0 && !served.has(each)) ?? users.find(({ has }) => has > 0)!;
    served.add(user);
    user.goOn();
  }
  expect(served.size).toBe(64);
});

test("some that make no progress do not stop the one that comes after them", () => {
  const credit = new Credit();
  const stuck = Array.from({ length: 3 }, () => new User(credit));
  const user = new User(credit);
  for (let chunk = 0; chunk < 100; chunk++) {
    expect(user.has).toBeGreaterThan(0);
    user.goOn();
  }
  expect(stuck.every(({ has }) => has > 0)).toBe(true);
});

test("who leaves is not asked any more, and what it had goes to the others", () => {
  const credit = new Credit();
  const [first, second, third] = Array.from({ length: 3 }, () => new User(credit));
  expect([first!.has, second!.has, third!.has]).toEqual([8, 4, 1]);
  credit.leave(second!);
  credit.leave(first!);
  credit.give(first!, first!.has);
  expect(second!.has).toBe(4);
  expect(third!.has).toBe(8);
});

test("nobody gives back more than it took", () => {
  const credit = new Credit();
  const user = new User(credit, 1);
  credit.give(user, 5);
  credit.give({}, 1);
  expect(credit.inUse).toBe(0);
  const users = Array.from({ length: 20 }, () => new User(credit));
  expect(users.reduce((sum, { has }) => sum + has, 0)).toBe(16);
});
