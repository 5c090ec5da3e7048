// The four calls of the C library that socket options need, through koffi. Knows no option and no Node.js socket.
import { createRequire } from "node:module";
import { constants } from "node:os";
import { getSystemErrorMessage, getSystemErrorName } from "node:util";
import type * as Koffi from "koffi";
import { UsageError } from "../../errors.ts";

/** Every call returns what the kernel returns: 0 or more, or a negated errno (`-22` is EINVAL). None throws. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  close(fd: number): number;
  /** Fills `value` as far as the kernel has something, and returns how many bytes that was. */
  getsockopt(fd: number, level: number, option: number, value: Uint8Array | Int32Array): number;
  setsockopt(fd: number, level: number, option: number, value: Int32Array): number;
}

/** The C library, or the sentence that says why there is none. */
export type LibcResult = { readonly libc: Libc } | { readonly unavailable: string };

type Call = (...values: unknown[]) => number;

function bind(koffi: typeof Koffi): Libc {
  // null: the symbols of the running program, which has the C library loaded already, under whatever file name.
  const library = koffi.load(null);
  const socket: Call = library.func("int socket(int family, int type, int protocol)");
  const close: Call = library.func("int close(int fd)");
  const getsockopt: Call = library.func(
    "int getsockopt(int fd, int level, int option, void *value, void *length)",
  );
  const setsockopt: Call = library.func(
    "int setsockopt(int fd, int level, int option, const void *value, uint32_t length)",
  );
  const orErrno = (result: number): number => (result < 0 ? -koffi.errno() : result);
  const length = new Uint32Array(1);
  return {
    socket: (family, type, protocol) => orErrno(socket(family, type, protocol)),
    close: (fd) => orErrno(close(fd)),
    getsockopt(fd, level, option, value) {
      length[0] = value.byteLength;
      const result = orErrno(getsockopt(fd, level, option, value, length));
      return result < 0 ? result : length[0];
    },
    setsockopt: (fd, level, option, value) => orErrno(setsockopt(fd, level, option, value, value.byteLength)),
  };
}

/** Tries to load koffi by `load` and to find the calls. */
export function loadLibc(load: () => typeof Koffi): LibcResult {
  try {
    return { libc: bind(load()) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { unavailable: `the native module koffi cannot be used on this machine (${reason})` };
  }
}

let loaded: LibcResult | undefined;

/** The C library. Loaded at the first call, so that a process which never asks does not pay for it. */
export function libc(): LibcResult {
  // require, because import() would make every caller asynchronous.
  loaded ??= loadLibc((): typeof Koffi => createRequire(import.meta.url)("koffi"));
  return loaded;
}

/** "EINVAL: invalid argument", from a negated errno. */
export function errnoText(code: number): string {
  return `${getSystemErrorName(code)}: ${getSystemErrorMessage(code) ?? "unknown error"}`;
}

/** koffi would silently turn NaN, fractions and large numbers into other descriptors, 0 among them. */
export function assertDescriptor(fd: number): void {
  if (Number.isInteger(fd) && fd >= 0 && fd <= 0x7fffffff) return;
  throw new UsageError("bad-descriptor", `A descriptor is a whole number from 0 to 2147483647, not ${fd}.`);
}

/** Throws if a call failed because its descriptor is not open, or not that of a socket. */
export function assertWasSocket(fd: number, result: number): void {
  if (result !== -constants.errno.EBADF && result !== -constants.errno.ENOTSOCK) return;
  throw new UsageError("bad-descriptor", `Descriptor ${fd} is no open socket (${errnoText(result)}).`);
}
