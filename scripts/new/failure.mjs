// What the command throws when it cannot do what was asked: a message for a person, and how the process ends.

export class Failure extends Error {
  /**
   * @param {string} message
   * @param {{ exitCode?: 1 | 2, cause?: unknown }} [options] 2: the command line is wrong; 1: it is right and could not be done
   */
  constructor(message, { exitCode = 1, cause } = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** @param {string} message */
export function wrongUsage(message) {
  return new Failure(message, { exitCode: 2 });
}
