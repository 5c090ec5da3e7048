// What the file-transfer benchmark compares: the cases, and the goals of each. It measures nothing.
import type { Case, Goal } from "./cases.ts";

const MEBIBYTE = 1024 * 1024;
const PEAK_BYTES = 120 * MEBIBYTE;

export const usualSizes = { bytes: 1024 * MEBIBYTE, files: 10_000 };

const peaks: Goal[] = (["our-get", "our-put"] as const).flatMap((subject) => [
  { subject, figure: "clientPeakBytes", atMost: PEAK_BYTES },
  { subject, figure: "serverPeakBytes", atMost: PEAK_BYTES },
]);

/** @param sizes of the one file, in bytes; and how many small ones. */
export function fileTransferCases(sizes: typeof usualSizes): Case[] {
  return [
    {
      name: "one-file",
      load: { mode: "one-file", bytes: sizes.bytes },
      subjects: [
        "iperf3",
        "cp",
        "socat-1m",
        "socat",
        "curl",
        "our-get",
        "our-put",
        "rsync-get",
        "rsync-put",
        "scp-get",
        "scp-put",
        "our-get-sha256",
        "our-put-sha256",
        "our-get-none",
        "our-put-none",
      ],
      goals: [
        ...(["get", "put"] as const).flatMap((way): Goal[] => [
          { subject: `our-${way}`, against: "curl", figure: "bytesPerSecond", atLeast: 0.9 },
          { subject: `our-${way}`, against: "curl", figure: "bytesPerSecond", atLeast: 1 },
          { subject: `our-${way}`, against: "curl", figure: "cpuSeconds", atMost: 1.6 },
          { subject: `our-${way}`, against: `rsync-${way}`, figure: "bytesPerCpuSecond", atLeast: 1 },
          { subject: `our-${way}`, against: `scp-${way}`, figure: "bytesPerSecond", atLeast: 2 },
          { subject: `our-${way}-none`, against: "curl", figure: "bytesPerSecond", atLeast: 1.25 },
          { subject: `our-${way}`, against: "iperf3", figure: "bytesPerSecond" },
        ]),
        ...peaks,
      ],
    },
    {
      name: "many-files",
      load: { mode: "many-files", files: sizes.files, bytes: 4096 },
      subjects: ["cp", "tar-socat", "our-get", "our-put", "rsync-get", "rsync-put", "scp-get", "scp-put"],
      goals: [
        ...(["get", "put"] as const).flatMap((way): Goal[] => [
          { subject: `our-${way}`, against: `rsync-${way}`, figure: "filesPerSecond", atLeast: 1 },
          { subject: `our-${way}`, against: `scp-${way}`, figure: "filesPerSecond", atLeast: 1 },
          { subject: `our-${way}`, against: `rsync-${way}`, figure: "filesPerCpuSecond" },
        ]),
        ...peaks,
      ],
    },
  ];
}
