// How the kit is tested. The tests start NATS servers, and wait for them.
import { defineConfig } from "vitest/config";

export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });
