// Several servers in one terminal: each says in its turn that it is there, and when one ends, all do. Knows no app.
import { once } from "node:events";

/**
 * @param {readonly { child: import("node:child_process").ChildProcess, ended: Promise<number> }[]} servers
 *   whose standard output is a pipe
 * @returns {Promise<number>} the exit code of the first to end that did not end well, or 0
 */
export async function sideBySide(servers) {
  const stop = () => {
    for (const { child } of servers) child.kill("SIGTERM");
  };
  // Nobody reads any more (| head).
  process.stdout.on("error", stop);
  // Those that are stopped because one has failed do not end well either: they are not why.
  let code = 0;
  const all = servers.map(async ({ ended }) => {
    try {
      const own = await ended;
      code ||= own;
    } finally {
      stop();
    }
  });
  const over = Promise.all(all);
  for (const [at, { child, ended }] of servers.entries()) {
    // What a server says first is one piece, and the next one's begins below it. Who cannot start says nothing.
    const isThere = await Promise.race([
      once(child.stdout, "readable").then(() => true),
      ended.then(() => false),
    ]);
    if (at > 0 && isThere) process.stdout.write("\n");
    child.stdout.pipe(process.stdout, { end: false });
  }
  await over;
  return code;
}
