// How file transfer's page is built: as every page is, with the WebAssembly of its hash in a file of its own.
import { pageConfig } from "@socketlab/page-kit/vite";
import { defineConfig, mergeConfig, type Plugin } from "vite";

/** hash-wasm has it in its script, as base64: that is sent as 6 KiB, and as a file it is 4. */
function wasmInItsOwnFile(): Plugin {
  return {
    name: "wasm-in-its-own-file",
    apply: "build",
    transform: {
      filter: { id: /hash-wasm\/dist\/index\.esm\.js$/ },
      // Where a later hash-wasm is written otherwise, nothing is replaced, and the script is larger.
      handler(code) {
        return code.replace(
          /(name\S* = "blake3";\s*var data\S* = )"([\w+/=]+)"/,
          (_, head: string, base64: string) => {
            const file = this.emitFile({
              type: "asset",
              name: "blake3.wasm",
              source: Buffer.from(base64, "base64"),
            });
            const bytes = `new Uint8Array(await (await fetch(import.meta.ROLLUP_FILE_URL_${file})).arrayBuffer())`;
            return `${head}btoa(String.fromCharCode(...${bytes}))`;
          },
        );
      },
    },
  };
}

export default defineConfig(mergeConfig(pageConfig(), { plugins: [wasmInItsOwnFile()] }));
