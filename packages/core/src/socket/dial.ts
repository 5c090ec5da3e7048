// Opens a door over whatever network is handed in. Knows no transport by name, and no platform.
import { parseEndpoint, type Endpoint } from "../address/endpoint.ts";
import type { Protocol } from "../messages/protocol.ts";
import type { DialOptions, Network } from "../transports/network.ts";
import { ClosedError } from "../errors.ts";
import { every } from "../clock.ts";
import { Door, IDLE_CHECKS } from "./door.ts";
import type { ConversationOptions, MessageSocket } from "./message-socket.ts";

/** What `connect` does, on Node.js and in a browser. */
export async function dialDoor<FromClient, FromServer>(
  network: Pick<Network, "clock" | "dial">,
  protocol: Protocol<FromClient, FromServer>,
  endpoint: string | Endpoint,
  options: DialOptions & ConversationOptions,
): Promise<MessageSocket<FromServer, FromClient>> {
  const remote = typeof endpoint === "string" ? parseEndpoint(endpoint) : endpoint;
  const wire = await network.dial(remote, options);
  if (options.signal?.aborted) {
    wire.destroy();
    throw new ClosedError("aborted", "connecting was aborted", { cause: options.signal.reason });
  }
  const door = new Door<FromServer, FromClient>(wire, protocol as never, "client", network.clock, options);
  const { signal, idleTimeoutMs = 0 } = options;
  if (idleTimeoutMs > 0) {
    const timer = every(network.clock, idleTimeoutMs / IDLE_CHECKS, () => door.checkIdle(idleTimeoutMs));
    void door.closed.then(() => timer.clear());
  }
  if (signal !== undefined) {
    const close = (): void => void door.close();
    signal.addEventListener("abort", close, { once: true });
    void door.closed.then(() => signal.removeEventListener("abort", close));
  }
  return door;
}
