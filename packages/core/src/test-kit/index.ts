// What the tests of every app use: the app as a process, and what a machine may lack. Knows no app.
export { TestApp } from "./app.ts";
export { findChromium, findProgram, has, needs, type Capability } from "./needs.ts";
export { freePort, freePorts } from "./ports.ts";
export { killRunning, run, TestProcess, type Ended, type RunOptions } from "./processes.ts";
export { openLoopback, openNamespaces, type Host, type Site } from "./site.ts";
export { TmuxTerminal } from "./tmux.ts";
