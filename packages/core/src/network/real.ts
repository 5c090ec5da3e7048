// The real network: each transport by its name in the URL. Knows nothing of messages.
import type { Endpoint, Transport } from "../address/endpoint.ts";
import { realClock } from "../clock.ts";
import { UsageError } from "../errors.ts";
import { assertDialable } from "../transports/dial-stream.ts";
import type { Network } from "../transports/network.ts";
import { VirtualNetwork } from "./virtual.ts";

/** Joins the two ends of `mem://` conversations: a network inside this process. */
const inside = new VirtualNetwork({ clock: realClock });

type Load = () => Promise<Pick<Network, "dial" | "listen">>;

// Loaded when first asked for: who speaks TCP alone carries no TLS and no HTTP in memory.
const webSocket: Load = () => import("../transports/websocket.ts");
const load: Record<Transport, Load> = {
  tcp: () => import("../transports/tcp.ts"),
  tls: () => import("../transports/tls.ts"),
  udp: () => import("../transports/udp.ts"),
  ws: webSocket,
  wss: webSocket,
  mem: async () => inside,
};

async function transportOf({ transport }: Endpoint): ReturnType<Load> {
  if (Object.hasOwn(load, transport)) return load[transport]();
  throw new UsageError("bad-endpoint", `the transport ${transport} is not known`);
}

/** The operating system's network; `mem://` stays inside this process. */
export const realNetwork: Network = {
  clock: realClock,

  async dial(endpoint, options) {
    assertDialable(endpoint);
    return (await transportOf(endpoint)).dial(endpoint, options);
  },

  async listen(endpoint, doorkeeper, options) {
    return (await transportOf(endpoint)).listen(endpoint, doorkeeper, options);
  },
};
