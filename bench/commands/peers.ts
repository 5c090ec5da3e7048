// What a user would take instead of our file transfer, and the limits of the path. Each at 127.0.0.1 only, with settings of its own.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { programPath } from "./programs.ts";
import type { CommandSubject, Task } from "./subject.ts";

const isRoot = process.getuid?.() === 0;
const here = (task: Task): string => path.join(task.from, task.name);
const there = (task: Task): string => path.join(task.to, task.name);

function write(task: Task, name: string, lines: readonly (string | false)[], mode = 0o644): string {
  const file = path.join(task.own, name);
  writeFileSync(file, `${lines.filter((line) => line !== false).join("\n")}\n`, { mode });
  return file;
}

function nginx(task: Task) {
  const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const settings = write(task, "nginx.conf", [
    isRoot && "user root;",
    "daemon off;",
    "worker_processes 1;",
    `pid ${task.own}/nginx.pid;`,
    "events { }",
    "http {",
    "  access_log off;",
    "  sendfile on;",
    "  tcp_nopush on;",
    ...scratch.map((name) => `  ${name}_temp_path ${task.own}/${name};`),
    `  server { listen 127.0.0.1:${task.port}; root ${task.from}; }`,
    "}",
  ]);
  return {
    program: programPath("nginx"),
    args: ["-p", task.own, "-c", settings, "-e", `${task.own}/nginx.log`],
  };
}

/** @param folder that is served, to be read and written. */
function rsyncDaemon(task: Task, folder: string) {
  const settings = write(task, "rsyncd.conf", [
    "use chroot = no",
    `pid file = ${task.own}/rsyncd-${task.port}.pid`,
    `log file = ${task.own}/rsyncd.log`,
    "[all]",
    `path = ${folder}`,
    "read only = no",
    isRoot && "uid = root",
    isRoot && "gid = root",
  ]);
  const args = [
    "--daemon",
    "--no-detach",
    `--config=${settings}`,
    "--address=127.0.0.1",
    `--port=${task.port}`,
  ];
  return { program: programPath("rsync"), args };
}

/** Whole files, because to look for what differs is no use here; names, times and modes as our commands keep them. */
function rsync(...args: string[]) {
  return { program: programPath("rsync"), args: ["--archive", "--whole-file", ...args] };
}

function makeKey(task: Task, name: string): string {
  const file = path.join(task.own, name);
  if (existsSync(file)) return file;
  const args = ["-q", "-t", "ed25519", "-N", "", "-f", file];
  const { status, stderr } = spawnSync(programPath("ssh-keygen"), args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ssh-keygen: ${stderr}`);
  return file;
}

function sshd(task: Task) {
  const program = programPath("sshd");
  // As root it insists on this empty folder, which Debian's service makes when it starts.
  if (isRoot) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const settings = write(task, "sshd_config", [
    `ListenAddress 127.0.0.1:${task.port}`,
    `HostKey ${makeKey(task, "host-key")}`,
    `AuthorizedKeysFile ${makeKey(task, "key")}.pub`,
    `PidFile ${task.own}/sshd.pid`,
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "StrictModes no",
    "UsePAM no",
    "Subsystem sftp internal-sftp",
  ]);
  return { program, args: ["-D", "-e", "-f", settings] };
}

function scp(task: Task, from: string, to: string) {
  const settings = write(task, "ssh_config", [
    "Host there",
    "HostName 127.0.0.1",
    `Port ${task.port}`,
    `User ${os.userInfo().username}`,
    `IdentityFile ${makeKey(task, "key")}`,
    "IdentitiesOnly yes",
    "StrictHostKeyChecking no",
    "UserKnownHostsFile /dev/null",
    "LogLevel ERROR",
  ]);
  return { program: programPath("scp"), args: ["-q", "-r", "-p", "-F", settings, from, to] };
}

/** @param options of both ends. */
const socat = (title: string, ...options: string[]): CommandSubject => ({
  title,
  serve: (task) => ({
    program: programPath("socat"),
    args: ["-u", ...options, `TCP-LISTEN:${task.port},bind=127.0.0.1`, `CREATE:${there(task)}`],
  }),
  servesOnce: true,
  move: (task) => ({
    program: programPath("socat"),
    args: ["-u", ...options, `OPEN:${here(task)},rdonly`, `TCP:127.0.0.1:${task.port}`],
  }),
});

export const peers = {
  cp: {
    title: "cp, no network",
    move: (task) => ({ program: "cp", args: ["-r", here(task), task.to] }),
  },
  iperf3: {
    title: "iperf3, memory to memory",
    serve: ({ port }) => ({
      program: programPath("iperf3"),
      args: ["--server", "--one-off", "--bind", "127.0.0.1", "--port", String(port)],
    }),
    servesOnce: true,
    move: ({ port, bytes }) => ({
      program: programPath("iperf3"),
      args: ["--client", "127.0.0.1", "--port", String(port), "--bytes", String(bytes)],
    }),
    isEmptyHanded: true,
  },
  curl: {
    title: "curl from nginx, sendfile, unverified",
    serve: nginx,
    move: (task) => ({
      program: programPath("curl"),
      args: ["-sSf", "-o", there(task), `http://127.0.0.1:${task.port}/${task.name}`],
    }),
  },
  socat: socat("socat, unverified"),
  "socat-1m": socat("socat -b 1 MiB, unverified", "-b", String(1024 * 1024)),
  "tar-socat": {
    title: "tar through socat, unverified",
    serve: (task) => ({
      program: "sh",
      args: [
        "-c",
        `${programPath("socat")} -u TCP-LISTEN:${task.port},bind=127.0.0.1 - | tar -C "$0" -xf -`,
        task.to,
      ],
    }),
    servesOnce: true,
    move: (task) => ({
      program: "sh",
      args: [
        "-c",
        `tar -C "$0" -cf - "$1" | ${programPath("socat")} -u - TCP:127.0.0.1:${task.port}`,
        task.from,
        task.name,
      ],
    }),
  },
  "rsync-get": {
    title: "rsync from its daemon",
    serve: (task) => rsyncDaemon(task, task.from),
    move: (task) => rsync(`rsync://127.0.0.1:${task.port}/all/${task.name}`, `${task.to}/`),
  },
  "rsync-put": {
    title: "rsync to its daemon",
    serve: (task) => rsyncDaemon(task, task.to),
    move: (task) => rsync(here(task), `rsync://127.0.0.1:${task.port}/all/`),
  },
  "scp-get": {
    title: "scp from",
    serve: sshd,
    move: (task) => scp(task, `there:${here(task)}`, task.to),
  },
  "scp-put": {
    title: "scp to",
    serve: sshd,
    move: (task) => scp(task, here(task), `there:${task.to}`),
  },
} satisfies Record<string, CommandSubject>;
