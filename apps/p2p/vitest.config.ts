// How p2p is tested.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for is another process's, and this machine may be busy.
    expect: { poll: { timeout: 20_000 } },
  },
});
