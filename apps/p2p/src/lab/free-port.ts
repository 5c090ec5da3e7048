// A port that nobody on this machine uses: whoever runs the lab may run another BitTorrent client, too. Keeps none.
import { listen, SocketlabError } from "@socketlab/core";
import { observation } from "../observe/protocol.ts";

const TRIES = 20;

/** The first one from `port` on that is free at all of these addresses; 0 if none of some is: any that is free. */
export async function freePort(hosts: readonly string[], port: number): Promise<number> {
  for (let next = port; next < port + TRIES; next++) {
    const free = await Promise.all(hosts.map((host) => isFree(host, next)));
    if (!free.includes(false)) return next;
  }
  return 0;
}

async function isFree(host: string, port: number): Promise<boolean> {
  try {
    const listener = await listen(observation, { transport: "tcp", host, port, path: "" });
    await listener.close();
    return true;
  } catch (error) {
    if (error instanceof SocketlabError && error.code === "address-in-use") return false;
    throw error;
  }
}
