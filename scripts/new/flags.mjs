// The command line of `npm run new`, and its help. Reads no file.
import { parseArgs } from "node:util";
import { wrongUsage } from "./failure.mjs";

const call = "npm run new --";

/** @param {readonly string[]} apps */
export const helpFor = (
  apps,
) => `${call} echo ../my-echo                  makes a project of its own from the app echo
${call} echo ../my-echo --name @me/echo  names its package

Usage: ${call} APP FOLDER [flags]

  APP            ${apps.join(", ")}
  FOLDER         where it goes: a new or an empty folder, outside of this repository
  --name NAME    the package's name (made from the folder's name)
  --overwrite    FOLDER need not be empty: replaces the files that the copy has too, and leaves others as they are
  --no-git       does not start git there
  --no-install   does not install the dependencies
  --help         this text

It asks nothing; what is missing is an error. The copy needs Node.js 24 or newer and the npm registry, and nothing of this
repository. Flags come after the "--", or npm takes them for its own.
Exit codes: 0 done; 1 failed; 2 wrong usage.`;

/** @type {{ [name: string]: { type: "string" | "boolean", short?: string } }} */
const options = {
  name: { type: "string" },
  overwrite: { type: "boolean" },
  "no-git": { type: "boolean" },
  "no-install": { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

/**
 * @param {readonly string[]} args
 * @param {readonly string[]} apps those that exist
 * @throws wrongUsage
 */
export function parse(args, apps) {
  // pnpm hands "--" on, npm does not.
  const given = args[0] === "--" ? args.slice(1) : [...args];
  const { values, positionals, tokens } = parseArgs({
    args: given,
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) if (token.kind === "option") checkOption(token);
  if (values["help"] === true) return { help: true };
  const [app, folder, ...extra] = positionals;
  const example = `Example: ${call} ${apps[0] ?? "echo"} ../my-${apps[0] ?? "echo"} (${call} --help)`;
  if (app === undefined) throw wrongUsage(`Which app (${apps.join(", ")}), and where to? ${example}`);
  if (!apps.includes(app)) {
    throw wrongUsage(
      `There is no app "${app}" to copy. There ${apps.length === 1 ? "is" : "are"}: ${apps.join(", ") || "none"}. ${example}`,
    );
  }
  if (folder === undefined || folder === "") throw wrongUsage(`Where to? ${example}`);
  if (extra.length > 0) throw wrongUsage(`"${extra[0]}" is one argument too many. ${example}`);
  const name = typeof values["name"] === "string" ? values["name"] : undefined;
  return {
    help: false,
    app,
    folder,
    name,
    overwrite: values["overwrite"] === true,
    git: values["no-git"] !== true,
    install: values["no-install"] !== true,
  };
}

/** @param {{ name: string, rawName: string, value?: string | undefined, inlineValue?: boolean | undefined }} token */
function checkOption({ name, rawName, value, inlineValue }) {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) throw wrongUsage(`There is no flag ${rawName} (${call} --help).`);
  if (option.type === "boolean" && value !== undefined) throw wrongUsage(`${rawName} takes no value.`);
  // The next flag is no value.
  const isMissing = value === undefined || (inlineValue !== true && value.startsWith("-"));
  if (option.type === "string" && isMissing) throw wrongUsage(`${rawName} needs a value.`);
}
