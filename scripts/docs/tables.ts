// Tables of the documents that are made from the source: apps, messages, options with a default, errors and their codes.
import { globSync, readFileSync, readdirSync, existsSync } from "node:fs";
import { join } from "node:path";
import { clients, standards } from "./seen.ts";

const makers: Record<string, (root: string) => string[][]> = {
  apps,
  "chat messages": (root) => messages(root, "chat"),
  "chat refusals": (root) => refusals(root, "chat"),
  "file-transfer messages": (root) => binaryMessages(root, "file-transfer"),
  "file-transfer refusals": (root) => refusals(root, "file-transfer"),
  "p2p messages": peerMessages,
  "p2p clients": clients,
  "p2p standards": standards,
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

/** Every message of an app's protocol, with its fields and with what its comment says. */
function messages(root: string, app: string): string[][] {
  const source = readProtocol(root, app);
  const rows = ["client", "server"].flatMap((role) => {
    const table = new RegExp(`^  ${role}: \\{\n([^]*?)\n  \\},$`, "m").exec(source)?.[1] ?? "";
    return [...table.matchAll(/(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\s+)?^ {4}(\w+): \{([^]*?)\},$/gm)].map(
      ([, comment, name, fields]) => [role, `\`${name!}\``, fieldsOf(fields!, source), plain(comment)],
    );
  });
  return [["who says it", "message", "with", "which means"], ...rows];
}

/**
 * The same where a message is a number and a body, JSON or a fixed layout. What both sides say stands in a table of its own,
 * and its comments begin with who says it.
 */
function binaryMessages(root: string, app: string): string[][] {
  const source = readProtocol(root, app);
  const tables = [
    ["client", /^ {2}client: \{\n([^]*?)\n {2}\},$/m],
    ["server", /^ {2}server: \{\n([^]*?)\n {2}\},$/m],
    ["either", /^const transfer = \{\n([^]*?)\n\};$/m],
  ] as const;
  const message = /(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\s+)?^ *(\w+): (json|layout)\((\d+), \{([^]*?)\}\),$/gm;
  const rows = tables.flatMap(([role, table]) =>
    [...(table.exec(source)?.[1] ?? "").matchAll(message)].map(([, comment, name, kind, id, fields]) => {
      const [, who, what] = /^(?:(Sender|Receiver|Either): )?([^]*)$/.exec(plain(comment))!;
      const body = kind === "json" ? `JSON: ${fieldsOf(fields!, source)}` : layoutOf(fields!);
      return [
        who?.toLowerCase() ?? role,
        `\`${name!}\``,
        id!,
        body,
        `${what![0]?.toUpperCase() ?? ""}${what!.slice(1)}`,
      ];
    }),
  );
  return [["who says it", "message", "number", "body", "which means"], ...rows];
}

/** The same where both sides may say all of it. */
function peerMessages(root: string): string[][] {
  const table = /^const messages = \{\n([^]*?)\n\} as const;$/m.exec(readProtocol(root, "p2p"))?.[1] ?? "";
  const message =
    /(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\s+)?^ *(\w+): (preamble|layout|keepAlive)\((?:(\d+), (?:\{([^]*?)\}|part))?\),$/gm;
  const rows = [...table.matchAll(message)].map(([, comment, name, , id, fields]) => [
    `\`${name!}\``,
    id ?? "",
    layoutOf(fields ?? (id === undefined ? "" : "piece: u32, begin: u32, length: u32")),
    plain(comment),
  ]);
  return [["message", "number", "body", "which means"], ...rows];
}

function layoutOf(fields: string): string {
  return [...fields.matchAll(/(\w+): (\w+)/g)]
    .map(([, name, width]) => `\`${name!}\`${width === "bytes" ? ": the rest" : ""}`)
    .join(" ");
}

/** The names of an object literal's properties; those that may be missing with a question mark. */
function fieldsOf(literal: string, source: string): string {
  return literal
    .replaceAll(/\.\.\.(\w+)\.shape/g, (_, name: string) => {
      return new RegExp(`const ${name} = z\\.object\\(\\{(.*?)\\}\\)`).exec(source)?.[1] ?? "";
    })
    .split(/,\s*(?=\w+:|$)/)
    .flatMap((field) => {
      const name = /^\s*(\w+):/.exec(field)?.[1];
      return name === undefined ? [] : [`\`${name}${field.includes(".optional()") ? "?" : ""}\``];
    })
    .join(" ");
}

/** Why an app's server may refuse something, as the comments beside the codes say. */
function refusals(root: string, app: string): string[][] {
  const list = /^export const refusalCodes = \[\n([^]*?)^\]/m.exec(readProtocol(root, app))?.[1] ?? "";
  const rows = [...list.matchAll(/"([\w-]+)",(?: \/\/ (.*))?/g)];
  return [["code", "why"], ...rows.map(([, code, why]) => [`\`${code!}\``, plain(why)])];
}

function readProtocol(root: string, app: string): string {
  return readFileSync(join(root, "apps", app, "src/protocol.ts"), "utf8");
}

function plain(comment: string | undefined): string {
  return (comment ?? "").replaceAll(/\s*\n\s*\*?\s*/g, " ").trim();
}

/** Every option of `connect` and `listen` whose comment says what it is without it. */
function coreOptions(root: string): string[][] {
  const files = ["socket/message-socket.ts", "socket/admission.ts", "transports/network.ts"];
  const rows = files.flatMap((file) => {
    const source = readFileSync(join(root, "packages/core/src", file), "utf8");
    return [...source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s+readonly (\w+)\?:/g)].flatMap(
      ([, comment, name]) => {
        const text = plain(comment);
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
