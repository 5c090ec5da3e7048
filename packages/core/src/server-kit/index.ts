// What every server of this repository uses around its handler: doors, page, metrics, logs, clean shutdown. The public name.
export { CERTIFICATE_FILE } from "./certificate.ts";
export {
  admissionFlags,
  admissionOf,
  doorFlags,
  identityOf,
  logFlags,
  logLevelOf,
  type AdmissionFlag,
  type DoorFlag,
  type LogFlag,
} from "./flags.ts";
export { createLog, type Logger, type LogOptions } from "./log.ts";
export type { Metric } from "./metrics.ts";
export { serve, type ConversationContext, type ServeOptions, type Server } from "./serve.ts";
