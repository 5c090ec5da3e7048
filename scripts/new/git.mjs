// Starts git in the copy, with a first commit. What git cannot do is left undone and told, and is no failure.
import { spawnSync } from "node:child_process";

/**
 * @param {string} folder
 * @param {string} message of the commit
 * @returns {string | undefined} what was left undone, and why
 */
export function startGit(folder, message) {
  const git = (/** @type {string[]} */ ...args) =>
    spawnSync("git", args, { cwd: folder, encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });

  const inside = git("rev-parse", "--is-inside-work-tree");
  if (inside.error !== undefined) return "git was not started: the command git was not found.";
  if (inside.status === 0)
    return "git was not started: the folder is in a git repository already. Nothing was committed.";
  const init = git("init", "--quiet");
  if (init.status !== 0) return `git was not started: ${firstLine(init.stderr)}`;
  const add = git("add", "--all");
  if (add.status !== 0) return `git was started, without a commit: ${firstLine(add.stderr)}`;
  const command = `git commit -m "${message}"`;
  if (git("var", "GIT_COMMITTER_IDENT").status !== 0) {
    return `git was started and everything added, but git does not know who you are, so nothing was committed. Set user.name and user.email with git config, then: ${command}`;
  }
  const commit = git("commit", "--quiet", "-m", message);
  if (commit.status === 0) return undefined;
  return `git was started and everything added, but not committed: ${firstLine(commit.stderr || commit.stdout)}. Then: ${command}`;
}

// A hook of another repository that calls us must not turn git towards that repository.
const { GIT_DIR: _dir, GIT_WORK_TREE: _tree, GIT_INDEX_FILE: _index, ...env } = process.env;

/** @param {string} text */
function firstLine(text) {
  return text.trim().split("\n")[0] ?? "";
}
