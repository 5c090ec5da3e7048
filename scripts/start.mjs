// `npm start [app] [-- options]`: sets up, builds the app's page, and starts it; without an app, the lab.
// The syntax is old on purpose: a Node.js that is too old has to get as far as the check.
import "./check-node.mjs";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The app that is the lab, as long as there is one. */
const lab = "echo";

void import("./setup.mjs").then(({ root, run, runMain, setup, SetupError }) =>
  runMain(async () => {
    const args = process.argv.slice(2);
    const app = args.length === 0 || args[0].startsWith("-") ? lab : args.shift();
    const mainOf = (name) => join(root, "apps", name, "src", "main.ts");
    const apps = readdirSync(join(root, "apps")).filter((name) => existsSync(mainOf(name)));
    if (!apps.includes(app)) {
      throw new SetupError(
        `There is no app "${app}" to start. There ${apps.length === 1 ? "is" : "are"}: ${apps.join(", ") || "none"}. Example: npm start ${apps[0] || lab}`,
      );
    }
    const runtime = await setup();
    const { buildPage } = await import("./page.mjs");
    await buildPage(app, runtime);
    return run(runtime.node, [mainOf(app), "lab"].concat(args), { env: runtime.env });
  }),
);
