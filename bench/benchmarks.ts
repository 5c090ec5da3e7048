// The benchmarks whose subjects are measured side by side, and what the command's help says. It measures nothing.
import { chatCases } from "./chat-cases.ts";
import { echoCases } from "./echo-cases.ts";
import { fileTransferCases, usualSizes } from "./file-transfer-cases.ts";
import type { Benchmark } from "./side-by-side.ts";
import { libtorrentVersion } from "./swarm/libtorrent.ts";
import { plotSwarms } from "./swarm/plot.ts";
import { swarmCases, usualSwarm } from "./swarm-cases.ts";

const sockets = ["ws", "socket.io", "zod"];
export const benchmarks: Benchmark[] = [
  { name: "echo", title: "Echo", cases: echoCases, packages: sockets, programs: {} },
  {
    name: "chat",
    title: "Chat",
    cases: chatCases,
    packages: sockets,
    programs: { "redis-server": "--version" },
  },
  {
    name: "file-transfer",
    title: "File transfer",
    cases: fileTransferCases(usualSizes),
    packages: [],
    programs: { curl: "-V", nginx: "-v", rsync: "-V", ssh: "-V", socat: "-V", iperf3: "-v" },
  },
  {
    name: "swarm",
    title: "Swarm",
    cases: swarmCases(usualSwarm),
    packages: [],
    runs: 3,
    plot: plotSwarms,
    programs: { libtorrent: libtorrentVersion, aria2c: "-v", "transmission-daemon": "-V" },
  },
];

export const usage = `usage: pnpm bench ${benchmarks.map(({ name }) => name).join("|")} [--runs 5] [--seconds 2] [--only case,…] [--quick]
       pnpm bench file-transfer [--size 1G] [--files 10000]
       pnpm bench swarm [--n 4,8,16,32] [--unlimited] [--clients NAME,…] [--size 32M] [--piece 256K] [--seed-upload 2M] [--upload 1M]
                [--plot FILE.svg]
       pnpm bench distribution [--clients 1..16] [--size 16M] [--upload 8M] [--download 4M] [--peer-upload 1M]
                    [--peer ours] [--runs 3] [--plot FILE.svg]

  --runs N          how often each is measured, one after the other in turn
  --seconds N       the measured window of each run; a warm-up of 1 s comes before
  --only A,B        only these cases (a beginning stands for all: "typed" is typed-64 and typed-16k)
  --quick           a look, not a measurement: 2 runs of 0.5 s and a warm-up of 0.5 s; one file of 64 MiB, 1,000 files; of the
                    distribution 1, 2, 4 and 8 clients, once
  --size BYTES      of the file
  --files N         how many files of 4 KiB
  --clients A..B    how many get the file: all numbers from A to B, or a list (1,4,16)
  --upload BYTES    a second, which the server sends at most, to all clients together; in a swarm: each leecher
  --download BYTES  a second, which each client receives at most; none: as fast as it can
  --n A,B           how many leechers, in a swarm each; without --unlimited, only these swarms
  --unlimited       only one seed to one leecher, with no limits to their rates
  --clients A,B     in a swarm: only these clients
  --piece BYTES     of the torrent
  --seed-upload     BYTES a second, which the seed sends at most
  --plot FILE.svg   the picture of the swarms, or of the distribution, also if it is not stored
  --peer-upload     BYTES a second, which each peer sends at most, where the file goes among peers
  --peer NAME       what client the peers are

${benchmarks.map(({ name, cases }) => `  ${name}: ${cases.map((one) => one.name).join(" ")}`).join("\n")}

Results are stored in bench/results only if every case was measured in full.`;
