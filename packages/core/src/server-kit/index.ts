// What every server of this repository uses around its handler: doors, page, metrics, logs, clean shutdown. The public name.
export { createLog, type Logger, type LogOptions } from "./log.ts";
export { serve, type ConversationContext, type ServeOptions, type Server } from "./serve.ts";
