import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { findBreakingChanges, readStatedPaths } from "./schema/find-breaking-changes.ts";

/**
 * `npm run check:schema-changes [-- <commit>]`: fails when `schema.graphql` breaks what clients rely on since the
 * given commit, by default since this branch left main, and `docs/schema-changes.md` does not say so.
 */
const SCHEMA = "schema.graphql";
const STATED = "docs/schema-changes.md";

const base = findBase(process.argv[2]);
const before = base && git("show", `${base}:${SCHEMA}`);
if (before === undefined) {
  console.log(base ? `no ${SCHEMA} at ${base} to compare with` : "no main branch to compare with");
} else {
  const changes = await findBreakingChanges(before, readIfAny(SCHEMA));
  const stated = readStatedPaths(readIfAny(STATED), git("show", `${base}:${STATED}`) ?? "");
  const unstated = changes.filter((change) => !stated.has(change.path));

  console.log(`${changes.length} breaking changes since ${base}, ${unstated.length} of them not stated`);
  for (const { path, message } of unstated) console.error(`  ${path}: ${message}`);
  if (unstated.length > 0) {
    console.error(`Take them back, or add a line for each to ${STATED}: - \`<path>\`: what a client is to do`);
    process.exitCode = 1;
  }
}

function findBase(given: string | undefined): string | undefined {
  if (given) return given;
  const main = ["origin/main", "main"].find((name) => git("rev-parse", "--verify", "--quiet", name));
  return main && git("merge-base", "HEAD", main)?.trim().slice(0, 12);
}

/** Undefined where git fails: outside a repository, in a shallow clone, without such a file. */
function git(...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

function readIfAny(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
