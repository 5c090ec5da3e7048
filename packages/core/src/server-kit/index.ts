// What every server of this repository uses around its handler: doors, page, metrics, logs, clean shutdown. The public name.
export { admissionFlags } from "./flags.ts";
export type { HttpHandler } from "./http.ts";
export { createLog, type Logger, type LogOptions } from "./log.ts";
export type { Metric } from "./metrics.ts";
export { parseDoors } from "./parse-doors.ts";
export {
  readSetting,
  runServer,
  type RunServerOptions,
  type ServerFlags,
  type ServerSetting,
} from "./run-server.ts";
export { serve, type ConversationContext, type ServeOptions, type Server } from "./serve.ts";
export { defineServerFlags } from "./server-flags.ts";
export { runTokenCommand, type TokenIssuer } from "./token-command.ts";
export { readSecret, signToken, TokenError, verifyToken, type Token } from "./tokens.ts";
export type { Greeting } from "./welcome.ts";
