// How a transfer ends: once, and not before what it began with its sink is over. Knows nothing of why.

export class Outcome<T> {
  /** A rejection that nobody awaits does no harm. */
  readonly promise: Promise<T>;
  #isOver = false;
  #failure: Error | undefined;
  #tasks = 0;
  readonly #settled = Promise.withResolvers<T>();

  constructor() {
    this.promise = this.#settled.promise;
    this.promise.catch(() => {});
  }

  /** It is known how it ends. */
  get isOver(): boolean {
    return this.#isOver;
  }

  succeed(result: T): void {
    this.#isOver = true;
    this.#settled.resolve(result);
  }

  /** Only the first counts. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = error;
    this.#rejectWhenIdle();
  }

  /** Does something that must be over before the end is told. Where it fails, `failed` is to end it all. */
  async during<R>(task: () => Promise<R>, failed: (error: Error) => void): Promise<R | undefined> {
    this.#tasks++;
    try {
      return await task();
    } catch (error) {
      failed(error as Error);
      return undefined;
    } finally {
      this.#tasks--;
      this.#rejectWhenIdle();
    }
  }

  #rejectWhenIdle(): void {
    if (this.#failure !== undefined && this.#tasks === 0) this.#settled.reject(this.#failure);
  }
}
