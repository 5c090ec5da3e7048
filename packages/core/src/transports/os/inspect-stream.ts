// What the operating system says of one of Node.js's stream sockets, as far as it can be asked. Never throws.
import type { Socket } from "node:net";
import { descriptorOf } from "./descriptor.ts";
import { readOptions, type OptionsInForce } from "./read-options.ts";
import { readTcpInfo, type TcpInfo } from "./tcp-info.ts";

export function inspectStream(socket: Socket): Partial<OptionsInForce> & { tcpInfo?: TcpInfo | undefined } {
  const fd = descriptorOf(socket);
  return fd === undefined ? {} : { ...readOptions(fd), tcpInfo: readTcpInfo(fd) };
}
