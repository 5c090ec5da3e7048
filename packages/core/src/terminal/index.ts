// What the command lines of all apps share: flags, quantities, statistics, and pictures in text. Exits nothing, and
// reads no argv: an app's main.js alone does.
export { drawDoors } from "./draw-doors.ts";
export { describeFlags, Flags, parseFlags, type Flag, type FlagTable } from "./flags.ts";
export { handshakeFlags, handshakeOptionsOf, readGivenFile, type HandshakeFlag } from "./handshake-flags.ts";
export { excerpt, hexDump } from "./hex-dump.ts";
export { nearestWord } from "./nearest.ts";
export { Observer, observeFlags, type ObserveFlag } from "./observe.ts";
export { tellError, type Program } from "./program.ts";
export {
  formatBytes,
  formatDuration,
  parseCount,
  parseDuration,
  parseShare,
  parseSize,
} from "./quantities.ts";
export { SequenceDiagram } from "./sequence-diagram.ts";
export { percentile, summarize, type Summary } from "./statistics.ts";
export {
  ExitCode,
  print,
  say,
  styled,
  writeAll,
  type Style,
  type Terminal,
  type TerminalInput,
  type TerminalOutput,
} from "./terminal.ts";
export { traceLine, traceRecord } from "./trace.ts";
export {
  transportFlags,
  transportOptionsOf,
  withoutTcpOptions,
  type TransportFlag,
} from "./transport-flags.ts";
