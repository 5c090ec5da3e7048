// The README of a copy: how to run it, what lies where, and then what the app's own README says. Reads no file.

/**
 * @param {{ name: string, app: string, files: Map<string, string | Buffer>,
 *   packages: { name: string, description?: string }[] }} copy
 */
export function readmeOf({ name, app, files, packages }) {
  const own = String(files.get("README.md") ?? "");
  const paths = [...files.keys()];
  const folders = Object.entries({
    "src/": "the server, the client, and the protocol that they share",
    "web/": "the page: the client that runs in a browser",
    "test/": "the tests",
  }).filter(([folder]) => paths.some((path) => path.startsWith(folder)));
  const taken = packages.map((manifest) => [
    `packages/${manifest.name.split("/").pop()}/`,
    [`\`${manifest.name}\``, manifest.description].filter(Boolean).join(": "),
  ]);
  const rows = [...folders, ...taken].map(([where, what]) => `| \`${where}\` | ${what} |`);
  return `# ${name}

Made from Socketlab's app \`${app}\`. It needs Node.js 24 or newer:

\`\`\`sh
npm install
npm test
npm start
\`\`\`

\`npm start\` builds the page if its sources have changed, and starts the servers. pnpm and yarn do as well as npm.

| where | what |
| --- | --- |
${rows.join("\n")}

The packages are here as source: read them, change them. Without their tests, which stay in Socketlab.

${ofTheApp(own)}`
    .trimEnd()
    .concat("\n");
}

/** Without its title, and without the sections that tell how to make a copy. @param {string} markdown */
function ofTheApp(markdown) {
  const sections = markdown.replace(/^# .*\n+/, "").split(/^(?=## )/m);
  return sections.filter((section) => !section.includes("npm run new")).join("");
}
