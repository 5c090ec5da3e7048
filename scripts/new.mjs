// `npm run new -- APP FOLDER`: makes a project of its own from an app. Needs no set-up: it reads this repository, and writes.
// The syntax is old on purpose: a Node.js that is too old has to get as far as the check.
import "./check-node.mjs";

void import("./new/command.mjs").then(({ main }) => main(process.argv.slice(2)));
