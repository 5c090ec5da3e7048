// Programs of this machine: where they are, and what has to be installed for those that are not. Starts none.
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { LeftOut } from "./left-out.ts";

/** By the Debian package that has it. */
const packages = {
  curl: "curl",
  nginx: "nginx-light",
  rsync: "rsync",
  scp: "openssh-client",
  "ssh-keygen": "openssh-client",
  sshd: "openssh-server",
  socat: "socat",
  iperf3: "iperf3",
  aria2c: "aria2",
  "transmission-daemon": "transmission-daemon",
} as const;

export type ProgramName = keyof typeof packages;

/** Its path. @throws LeftOut when it is not installed. */
export function programPath(name: ProgramName): string {
  const found = find(name);
  if (found !== undefined) return found;
  throw new LeftOut(`${name} is not installed (Debian: apt-get install ${packages[name]})`);
}

// Servers are where only an administrator's PATH looks.
const folders = [...(process.env["PATH"] ?? "").split(path.delimiter), "/usr/sbin", "/sbin"];

function find(name: string): string | undefined {
  return folders
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
