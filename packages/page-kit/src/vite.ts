// How every page is built: web/ → dist/, for the policy that our servers send (nothing inline), compressed once and well.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin, UserConfig } from "vite";

export function pageConfig(): UserConfig {
  return {
    root: "web",
    plugins: [react(), withoutUnusedZod(), compressed()],
    build: {
      outDir: "../dist",
      emptyOutDir: true,
      target: "es2024",
      // A data: URL would need a hole in the policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
}

/**
 * What zod has and no page asks for: JSON Schema, the formats of strings as methods (`z.string().email()`), a guard against
 * data with cycles, which a message cannot have. 7 KiB of the script, as it is sent.
 */
function withoutUnusedZod(): Plugin {
  return {
    name: "without-unused-zod",
    apply: "build",
    transform: {
      filter: { id: /zod\/v4\/classic\/schemas\.js$/ },
      // Where a later zod is written otherwise, nothing is replaced, and the script is larger.
      handler: (code) =>
        code
          .replaceAll(/^ *inst\._zod\.processJSONSchema = .*;$/gm, "")
          .replaceAll(/create(Standard|To)JSONSchemaMethod\(this, [^)]*\)/g, "undefined")
          .replaceAll(/^ *\w+: \(inst\) => processors\..*,$/gm, "")
          .replaceAll("processors.aggregateChecks(inst)", "{}")
          .replaceAll(
            /^ *\w+\(params\) \{\s*return this\.check\(core\._\w+\(Zod\w+, params\)\);\s*\},?$/gm,
            "",
          )
          .replaceAll("core.config({ memoizer: core.memoizer() });", ";"),
    },
  };
}

/** Writes `name.br` and `name.gz` beside what gains by it: a server sends them as they are. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      for (const file of Object.values(bundle)) {
        if (!/\.(js|css|svg|html|wasm)$/.test(file.fileName)) continue;
        const content = Buffer.from(file.type === "chunk" ? file.code : file.source);
        const path = join(dir, file.fileName);
        await writeFile(
          `${path}.br`,
          await promisify(brotliCompress)(content, {
            params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
          }),
        );
        await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
      }
    },
  };
}
