// The p2p command as a process of its own, as a user would start it. Knows nothing of what it says.
import { killRunning, TestApp } from "@socketlab/core/test-kit";
import { afterAll } from "vitest";

const app = new TestApp(new URL("../src/main.js", import.meta.url));

export const { main } = app;

afterAll(killRunning);

/** From its start to its end. */
export const p2p: TestApp["run"] = (args, options) => app.run(args, options);
