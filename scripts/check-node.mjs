// Stops with one clear message on a Node.js that is too old. Written so that old ones can read it.
const major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  console.error(
    "Socketlab needs Node.js 20 or newer to set itself up; this is " +
      process.version +
      " (" +
      process.execPath +
      ").\nInstall a newer one, for example from https://nodejs.org, and run the same command again.",
  );
  process.exit(1);
}
