// What servers that share a NATS broker have in common. The public name; nothing else of this package may be imported.
export { parseBrokerUrl } from "./address.ts";
export { ask, TIMEOUT_MS } from "./ask.ts";
export { connectBroker, type Broker, type BrokerOptions, type Failure } from "./broker.ts";
export { isNobodyThere, isOvertaken, notYet } from "./faults.ts";
export { Semaphore } from "./semaphore.ts";
export { openStream } from "./stream.ts";
export { Tail } from "./tail.ts";
export { Turns } from "./turns.ts";
