// Everything that the benchmark compares: servers under load, whole commands, and swarms. It measures nothing.
import { ours } from "./commands/ours.ts";
import { peers } from "./commands/peers.ts";
import type { CommandSubject } from "./commands/subject.ts";
import { swarms } from "./swarm/swarms.ts";

/** A server of the benchmark, and the language in which the load generator speaks to it. */
export interface Subject {
  title: string;
  protocol:
    | "raw"
    | "prefixed"
    | "lines"
    | "ws"
    | "ws-zero-mask"
    | "socketio"
    | "udp"
    | "tls"
    | "chat"
    | "chat-ws"
    | "relay"
    | "redis";
  /** In bench/servers; without a dot it is a program that is installed. */
  file: string;
  args?: string[];
  /** Node.js's own options. */
  nodeArgs?: string[];
}

/** Our chat as a user starts it, but with no limit to how fast one person may speak. */
const ourChat = (transport: "tcp" | "ws", store: string): Pick<Subject, "file" | "args" | "nodeArgs"> => ({
  file: "../../apps/chat/src/main.js",
  nodeArgs: ["--max-semi-space-size=16"],
  args: ["server", "--listen", `${transport}://127.0.0.1:0`, "--store", store, "--rate", "0", "--json"],
});

export const servers = {
  c: { title: "C, epoll", protocol: "raw", file: "epoll.c" },
  net: { title: "bare node:net", protocol: "raw", file: "bare-net.ts" },
  tls: { title: "bare node:tls", protocol: "tls", file: "bare-tls.ts" },
  dgram: { title: "bare node:dgram", protocol: "udp", file: "bare-dgram.ts" },
  ws: { title: "bare ws", protocol: "ws", file: "bare-ws.ts" },
  // Its client masks with zero, so that it need not unmask: the cheapest that ws can be. Browsers never do so.
  "ws-zero-mask": { title: "bare ws, zero mask", protocol: "ws-zero-mask", file: "bare-ws.ts" },
  socketio: { title: "socket.io", protocol: "socketio", file: "socketio.ts" },
  "json-alone": { title: "JSON and zod alone", protocol: "lines", file: "json-alone.ts" },
  "our-tcp": { title: "ours: raw TCP", protocol: "raw", file: "ours-raw.ts", args: ["tcp"] },
  "our-tls": { title: "ours: raw TLS", protocol: "tls", file: "ours-raw.ts", args: ["tls"] },
  "our-udp": { title: "ours: raw UDP", protocol: "udp", file: "ours-raw.ts", args: ["udp"] },
  "our-ws": { title: "ours: raw WebSocket", protocol: "ws", file: "ours-raw.ts", args: ["ws"] },
  "our-ws-zero-mask": {
    title: "ours: raw WebSocket, zero mask",
    protocol: "ws-zero-mask",
    file: "ours-raw.ts",
    args: ["ws"],
  },
  "our-typed": { title: "ours: typed binary", protocol: "prefixed", file: "ours-typed.ts" },
  "our-lines": { title: "ours: JSON lines", protocol: "lines", file: "ours-lines.ts" },

  "chat-relay": { title: "C line relay, epoll", protocol: "relay", file: "chat-relay.c" },
  // Loopback only, but from several addresses of it, which Redis would take for a network.
  redis: {
    title: "Redis publish/subscribe",
    protocol: "redis",
    file: "redis-server",
    args: ["--save", "", "--bind", "127.0.0.1", "--protected-mode", "no"],
  },
  "chat-ws": { title: "ws, a send per client", protocol: "chat-ws", file: "chat-ws.ts" },
  "chat-socketio": { title: "socket.io, room", protocol: "socketio", file: "chat-socketio.ts" },
  "our-chat": { title: "ours: TCP", protocol: "chat", ...ourChat("tcp", "memory") },
  "our-chat-ws": { title: "ours: WebSocket", protocol: "chat-ws", ...ourChat("ws", "memory") },
  "our-chat-sqlite": { title: "ours: TCP, SQLite", protocol: "chat", ...ourChat("tcp", "chat.db") },
} satisfies Record<string, Subject>;

export { swarms };
export const commands = { ...peers, ...ours } satisfies Record<string, CommandSubject>;

export type ServerName = keyof typeof servers;
export type CommandName = keyof typeof commands;
export type SwarmName = keyof typeof swarms;
export type SubjectName = ServerName | CommandName | SwarmName;

export const isCommand = (name: SubjectName): name is CommandName => Object.hasOwn(commands, name);
export const isSwarm = (name: SubjectName): name is SwarmName => Object.hasOwn(swarms, name);
export const titleOf = (name: SubjectName): string =>
  (isCommand(name) ? commands[name] : isSwarm(name) ? swarms[name] : servers[name]).title;
