// A page with Uppy as its users write one: a file is chosen, and goes to the tus server that the page's address names.
/// <reference lib="dom" />
import Uppy from "@uppy/core";
import Tus from "@uppy/tus";

const endpoint = new URLSearchParams(location.search).get("to") ?? "/uploads/";
const status = document.querySelector("[role=status]")!;
const uppy = new Uppy({ autoProceed: true }).use(Tus, {
  endpoint,
  chunkSize: 512 * 1024,
  retryDelays: [100, 300, 1000, 1000, 1000, 1000],
});
uppy.on("upload-progress", (_file, { bytesUploaded }) => (status.textContent = `${bytesUploaded} bytes`));
uppy.on("upload-success", () => (status.textContent = "complete"));
uppy.on("upload-error", (_file, error) => (status.textContent = `failed: ${error.message}`));

document.querySelector("input")!.addEventListener("change", ({ target }) => {
  const [file] = (target as HTMLInputElement).files!;
  uppy.addFile({ name: file!.name, type: file!.type, data: file! });
});
