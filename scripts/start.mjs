// `npm start [app] [-- options]`: sets up, builds the app's page, and starts it; without an app, the whole lab, side by side.
// The syntax is old on purpose: a Node.js that is too old has to get as far as the check.
import "./check-node.mjs";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The apps that are the lab, in the order in which they say that they are there. */
const lab = ["echo", "chat", "file-transfer", "p2p"];

void import("./setup.mjs").then(({ root, run, runMain, setup, SetupError, start }) =>
  runMain(async () => {
    const [app, ...options] = process.argv.slice(2);
    const mainOf = (name) => join(root, "apps", name, "src", "main.js");
    /** What Node.js is told when the app's server is started: a bound for its memory (docs/decisions/0015). */
    const nodeFlagsOf = (name) => {
      const manifest = join(root, "apps", name, "package.json");
      const { scripts = {} } = existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")) : {};
      return (scripts.server || "").split(" ").filter((word) => word.startsWith("--"));
    };
    const apps = readdirSync(join(root, "apps")).filter((name) => existsSync(mainOf(name)));
    if (app !== undefined && app.startsWith("-")) {
      throw new SetupError(`Which app is "${app}" for? Example: npm start ${apps[0]} -- ${app}`);
    }
    if (app !== undefined && !apps.includes(app)) {
      throw new SetupError(
        `There is no app "${app}" to start. There ${apps.length === 1 ? "is" : "are"}: ${apps.join(", ") || "none"}. Example: npm start ${apps[0] || lab[0]}`,
      );
    }
    const { node, env } = await setup();
    const { buildPage } = await import("./page.mjs");
    if (app !== undefined) {
      await buildPage(app, { env });
      return run(node, [...nodeFlagsOf(app), mainOf(app), "lab", ...options], { env });
    }
    const present = lab.filter((name) => apps.includes(name));
    for (const name of present) await buildPage(name, { env });
    const { sideBySide } = await import("./side-by-side.mjs");
    return sideBySide(
      present.map((name) =>
        start(node, [...nodeFlagsOf(name), mainOf(name), "lab"], {
          env,
          stdio: ["inherit", "pipe", "inherit"],
        }),
      ),
    );
  }),
);
