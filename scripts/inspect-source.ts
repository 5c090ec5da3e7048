// Reads what a TypeScript file imports and touches. Knows no rule.
import { parseSync } from "vite";

/** One source file: its path from the root of the repository, with `/`, and its text. */
export interface Source {
  path: string;
  text: string;
}

interface Node {
  type: string;
  [key: string]: unknown;
}

/** What a file imports (types too), and which globals and members it touches. */
export function inspectSource({ path, text }: Source): { imports: string[]; touches: string[] } {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  const imports: string[] = [];
  const touches: string[] = [];
  const visit = (node: Node, parent: Node | undefined, key: string): void => {
    const source = literal(node["source"]);
    if (source !== undefined && /Import|Export/.test(node.type)) imports.push(source);
    touches.push(...touched(node, parent, key), ...fromProcess(node, source));
    for (const [name, value] of Object.entries(node)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, node, name);
    }
  };
  if (isNode(program)) visit(program, undefined, "");
  return { imports, touches };
}

function touched(node: Node, parent: Node | undefined, key: string): string[] {
  if (node.type === "NewExpression" && nameOf(node["callee"]) === "Date" && isEmpty(node["arguments"]))
    return ["new Date()"];
  if (node.type === "MemberExpression") return [`${nameOf(node["object"])}.${nameOf(node["property"])}`];
  if (node.type === "CallExpression" && isSignalHandler(node)) return ["signal handler"];
  if (node.type !== "Identifier") return [];
  // `clock.setTimeout` and `{ setTimeout: … }` name a member, and a type touches nothing.
  const isName = (key === "property" && !parent?.["computed"]) || (key === "key" && !parent?.["shorthand"]);
  return isName || parent?.type.startsWith("TS") ? [] : [nameOf(node) ?? ""];
}

/** `const { argv } = process` and `import { argv } from "node:process"` touch `process.argv`. */
function fromProcess(node: Node, source: string | undefined): string[] {
  const imported = source === "node:process" || source === "process";
  const destructured = node.type === "VariableDeclarator" && nameOf(node["init"]) === "process";
  const id = destructured ? node["id"] : undefined;
  const parts = imported ? node["specifiers"] : isNode(id) ? id["properties"] : undefined;
  if (!Array.isArray(parts)) return [];
  return parts.filter(isNode).map((part) => `process.${nameOf(part["imported"] ?? part["key"])}`);
}

function isSignalHandler(node: Node): boolean {
  const callee = node["callee"];
  if (!isNode(callee) || nameOf(callee["object"]) !== "process") return false;
  if (!["on", "once", "addListener", "prependListener"].includes(nameOf(callee["property"]) ?? ""))
    return false;
  const event = Array.isArray(node["arguments"]) ? literal(node["arguments"][0]) : undefined;
  return event === undefined || event.startsWith("SIG");
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  return node.type === "Identifier" ? String(node["name"]) : literal(node);
}

function literal(node: unknown): string | undefined {
  return isNode(node) && node.type === "Literal" && typeof node["value"] === "string"
    ? node["value"]
    : undefined;
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}
