// The real network: each transport by its name in the URL. Knows nothing of messages.
import type { Endpoint } from "../address/endpoint.ts";
import { realClock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import { assertDialable } from "../transports/dial-stream.ts";
import type { Network } from "../transports/network.ts";
import { dialTcp, listenTcp } from "../transports/tcp.ts";
import { dialTls, listenTls } from "../transports/tls.ts";
import { dialUdp, listenUdp } from "../transports/udp.ts";
import { dialWebSocket, listenWebSocket } from "../transports/websocket.ts";
import { VirtualNetwork } from "./virtual.ts";

/** Joins the two ends of `mem://` conversations: a network inside this process. */
const inside = new VirtualNetwork({ clock: realClock });

/** The operating system's network; `mem://` stays inside this process. */
export const realNetwork: Network = {
  clock: realClock,

  async dial(endpoint, options) {
    assertDialable(endpoint);
    switch (endpoint.transport) {
      case "tcp":
        return dialTcp(endpoint, options);
      case "tls":
        return dialTls(endpoint, options);
      case "udp":
        return dialUdp(endpoint, options);
      case "ws":
      case "wss":
        return dialWebSocket(endpoint, options);
      case "mem":
        return inside.dial(endpoint, options);
      default:
        return unknown(endpoint);
    }
  },

  async listen(endpoint, doorkeeper, options) {
    switch (endpoint.transport) {
      case "tcp":
        return listenTcp(endpoint, doorkeeper, options);
      case "tls":
        return listenTls(endpoint, doorkeeper, options);
      case "udp":
        return listenUdp(endpoint, doorkeeper, options);
      case "ws":
      case "wss":
        return listenWebSocket(endpoint, doorkeeper, options, realClock);
      case "mem":
        return inside.listen(endpoint, doorkeeper);
      default:
        return unknown(endpoint);
    }
  },
};

function unknown(endpoint: Endpoint): never {
  throw new UsageError("bad-endpoint", `the transport ${endpoint.transport} is not known`);
}
