// The public name of core: addresses, framing, messages, sockets. Nothing else of this package may be imported.
export * from "./everywhere.ts";
export { isUdpReflectorPort } from "./address/reflectors.ts";
export { requestHttp, type HttpRequestOptions, type HttpResponse } from "./http.ts";
export { seededRandom, type Random } from "./network/random.ts";
export { realNetwork } from "./network/real.ts";
export { VirtualClock } from "./network/virtual-clock.ts";
export { VirtualNetwork, type PathFaults, type VirtualNetworkOptions } from "./network/virtual.ts";
export { broadcast } from "./socket/broadcast.ts";
export { connect, type ConnectOptions } from "./socket/connect.ts";
export { listen, type ListenOptions, type MessageListener } from "./socket/listen.ts";
export type { Network, TlsOptions } from "./transports/network.ts";
export type { TransportOptions } from "./transports/os/transport-options.ts";
export { isSameOrigin } from "./transports/same-origin.ts";
