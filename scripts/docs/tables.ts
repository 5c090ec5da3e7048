// Tables of the documents that are made from the source: apps, options with a default, errors and their codes.
import { globSync, readFileSync, readdirSync, existsSync } from "node:fs";
import { join } from "node:path";

const makers: Record<string, (root: string) => string[][]> = {
  apps,
  "core options": coreOptions,
  "core errors": coreErrors,
};

/** The lines of the table of this name. @throws Error when there is none. */
export function makeTable(name: string, root: string): string[] {
  const maker = makers[name];
  if (maker === undefined)
    throw new Error(`there is no table "${name}"; there are: ${Object.keys(makers).join(", ")}`);
  const [head, ...rows] = maker(root);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head!), line(head!.map(() => "---")), ...rows.map(line)];
}

function apps(root: string): string[][] {
  const names = readdirSync(join(root, "apps")).filter((name) =>
    existsSync(join(root, "apps", name, "README.md")),
  );
  return [
    ["app", "what it is", "start it"],
    ...names.map((name) => {
      const { description } = JSON.parse(readFileSync(join(root, "apps", name, "package.json"), "utf8")) as {
        description: string;
      };
      return [`[${name}](apps/${name}/README.md)`, description, `\`npm start ${name}\``];
    }),
  ];
}

/** Every option of `connect` and `listen` whose comment says what it is without it. */
function coreOptions(root: string): string[][] {
  const files = ["socket/message-socket.ts", "socket/admission.ts", "transports/network.ts"];
  const rows = files.flatMap((file) => {
    const source = readFileSync(join(root, "packages/core/src", file), "utf8");
    return [...source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s+readonly (\w+)\?:/g)].flatMap(
      ([, comment, name]) => {
        const text = comment!.replaceAll(/\s*\n\s*\*?\s*/g, " ").trim();
        const [, what, standard] = /^(.*?)[;.]? [Dd]efault:? (.*?)\.?$/.exec(text) ?? [];
        // "0: never" and such belongs to what the option does.
        return what === undefined || standard === undefined || name === "network"
          ? []
          : [[`\`${name}\``, what, standard]];
      },
    );
  });
  return [["option", "what it bounds", "without it"], ...rows];
}

function coreErrors(root: string): string[][] {
  const codes = new Map<string, Set<string>>();
  for (const file of globSync(
    "packages/core/src/{address,framing,messages,network,socket,transports}/**/*.ts",
    { cwd: root },
  ).toSorted()) {
    const source = readFileSync(join(root, file), "utf8");
    for (const [, name, code] of source.matchAll(/\b(\w+Error)[(,]\s*"([a-z0-9]+(?:-[a-z0-9]+)*)",/g)) {
      if (!codes.has(name!)) codes.set(name!, new Set());
      codes.get(name!)!.add(`\`${code}\``);
    }
  }
  const who: Record<string, string> = {
    ProtocolError: "the remote side broke the rules; it has been told",
    UsageError: "our own caller",
    ClosedError: "nobody: the conversation is over, or could not begin",
    LimitError: "whoever said too much, or did not read",
    TimeoutError: "whoever took too long",
  };
  return [
    ["class", "who is at fault", "codes"],
    ...Object.entries(who).map(([name, at]) => [
      `\`${name}\``,
      at,
      [...(codes.get(name) ?? [])].toSorted().join(", "),
    ]),
  ];
}
