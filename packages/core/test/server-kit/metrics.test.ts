import { expect, test } from "vitest";
import { connect } from "@socketlab/core";
import { echo, serveEcho, until } from "./kit.ts";

interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** Reads the text exposition format 0.0.4, and is as strict as its description. */
function parse(text: string): Sample[] {
  expect(text.endsWith("\n")).toBe(true);
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  let family = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const type = /^# TYPE ([a-z_]+) (counter|gauge)$/.exec(line);
    if (type) {
      expect(types.has(type[1]!), `${type[1]} is described once`).toBe(false);
      types.set((family = type[1]!), type[2]!);
    } else if (!/^# HELP [a-z_]+ .+$/.test(line)) {
      const sample =
        /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(
          line,
        );
      expect(sample, line).not.toBeNull();
      expect(sample![1], "samples of one name stand together").toBe(family);
      const labels = [...(sample![2] ?? "").matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, k, v]) => [
        k!,
        v!,
      ]);
      samples.push({ name: sample![1]!, labels: Object.fromEntries(labels), value: Number(sample![3]) });
    }
  }
  return samples;
}

function valueOf(samples: Sample[], name: string, labels: Record<string, string> = {}): number | undefined {
  return samples.find(
    (one) => one.name === name && Object.entries(labels).every(([k, v]) => one.labels[k] === v),
  )?.value;
}

test("the metrics are Prometheus text, and count what crossed each door", async () => {
  await using server = await serveEcho({ name: 'a "quoted"\nname\\', maxConnections: 2 }, [
    "ws://127.0.0.1:0",
    "tcp://127.0.0.1:0",
  ]);
  const read = async (): Promise<Sample[]> => {
    const answer = await fetch(`${server.http}/metrics`, { headers: { Connection: "close" } });
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    return parse(await answer.text());
  };
  const tcp = { endpoint: `tcp://127.0.0.1:${server.endpoints[1]!.port}` };
  await using one = await connect(echo, server.endpoints[1]!);
  for (let i = 0; i < 3; i++) {
    await one.send("12345");
    await one.receive();
  }
  let samples = await read();
  expect(samples[0]!.labels["server"]).toBe('a \\"quoted\\"\\nname\\\\');
  expect(valueOf(samples, "socketlab_conversations_open", tcp)).toBe(1);
  expect(valueOf(samples, "socketlab_messages_total", { ...tcp, direction: "in" })).toBe(3);
  expect(valueOf(samples, "socketlab_bytes_total", { ...tcp, direction: "out" })).toBe(15);
  expect(valueOf(samples, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
  expect(valueOf(samples, "process_cpu_seconds_total")).toBeGreaterThan(0);

  await one.close();
  await until(() => server.sockets().length === 0);
  await using _two = await connect(echo, server.endpoints[1]!);
  await using _three = await connect(echo, server.endpoints[1]!);
  await connect(echo, server.endpoints[1]!).then(
    (socket) => socket.closed,
    () => undefined,
  );
  samples = await read();
  expect(valueOf(samples, "socketlab_conversations_open", tcp)).toBe(2);
  expect(valueOf(samples, "socketlab_conversations_total", tcp)).toBe(3);
  expect(valueOf(samples, "socketlab_conversations_refused_total", tcp)).toBe(1);
  expect(
    valueOf(samples, "socketlab_messages_total", { ...tcp, direction: "out" }),
    "after the end too",
  ).toBe(3);
});
