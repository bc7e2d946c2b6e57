import { execFile } from "node:child_process";
import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");

/** What is shipped, so that a commit which changes none of it is no other build. */
const SHIPPED = ["src", "worker", "prisma"];

/**
 * Names the build before this one: `PREVIOUS_REF`, or the state before the last commit that changed anything shipped.
 *
 * @returns why there is none, without git or in a shallow clone
 */
export async function findPrevious(): Promise<Readonly<{ commit: string } | { missing: string }>> {
  const ref = process.env["PREVIOUS_REF"];
  try {
    const args = ref
      ? ["rev-parse", "--verify", `${ref}^{commit}`]
      : ["rev-list", "--max-count=2", "HEAD", "--", ...SHIPPED];
    const commits = (await git(args)).split("\n");
    const commit = commits.at(ref ? 0 : 1);
    return commit ? { commit } : { missing: "this clone has no commit before the last one: fetch more of them" };
  } catch (error) {
    if (ref) throw error;
    return { missing: "git does not know this folder" };
  }
}

/**
 * Builds the programs of a commit, with the packages that are installed here.
 *
 * @returns the folder of the build, and what removes it
 */
export async function buildCommit(commit: string): Promise<Readonly<{ dir: string; remove(): Promise<void> }>> {
  const source = join(ROOT, `.data/previous-build-${process.pid}`);
  await mkdir(source, { recursive: true });
  await run("sh", ["-c", `git archive ${commit} | tar -x -C "${source}"`], { cwd: ROOT });
  await symlink(join(ROOT, "node_modules"), join(source, "node_modules"));
  const env = { ...process.env, CHECKPOINT_DISABLE: "1", PRISMA_SCHEMA_ENGINE_BINARY: "package.json" };
  const inSource = { cwd: source, env };
  await run("npx", ["prisma", "generate", "--no-hints"], inSource);
  const dir = join(source, "dist");
  const script = `import { bundle } from "./tools/build/bundle.ts"; await bundle(${JSON.stringify(dir)});`;
  await run("npx", ["tsx", "--input-type=module", "--eval", script], inSource);
  return { dir, remove: () => rm(source, { recursive: true, force: true }) };
}

const git = async (args: readonly string[]): Promise<string> => (await run("git", args, { cwd: ROOT })).stdout.trim();
