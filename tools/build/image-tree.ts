import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");

type Step = Readonly<{ instruction: string; rest: string }>;

/** A stage of the Dockerfile. */
type Stage = Readonly<{ name: string; steps: readonly Step[] }>;

/** How the image's programs are run. */
export type ImageSettings = Readonly<{
  env: Readonly<Record<string, string>>;
  entrypoint: readonly string[];
  command: readonly string[];
  /** Ends with 0 when the API is alive. */
  health: readonly string[];
}>;

/**
 * Puts the files of the image together without Docker: by the stages of the Dockerfile, from what .dockerignore lets in. It
 * fails at what it does not know, so that the two cannot drift apart.
 *
 * @param outDir becomes the image's `/app`
 */
export function buildImageTree(outDir: string): ImageSettings {
  const stages = readStages();
  const image = stages.find(({ name }) => name === "");
  if (!image) throw new Error("the Dockerfile has no last stage");
  const work = mkdtempSync(join(tmpdir(), "colloquy-image-"));
  try {
    for (const { instruction, rest } of image.steps) {
      if (instruction !== "COPY") continue;
      const [, name, paths = ""] = /^(?:--from=(\S+) )?(.*)$/.exec(rest) ?? [];
      copy(
        paths.replaceAll("/app/", ""),
        name === undefined ? ROOT : buildStage(stages, name, join(work, name)),
        outDir,
      );
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return readSettings(image);
}

function readStages(): Stage[] {
  const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll("\\\n", " ");
  const stages: { name: string; steps: Step[] }[] = [];
  for (const [, instruction = "", rest = ""] of dockerfile.matchAll(/^([A-Z]+) +(.+)$/gm)) {
    if (instruction === "FROM") stages.push({ name: / AS (\S+)$/.exec(rest)?.[1] ?? "", steps: [] });
    else stages.at(-1)?.steps.push({ instruction, rest });
  }
  return stages;
}

/** Does what a stage says in a folder of its own. The packages to build with are those of this checkout. */
function buildStage(stages: readonly Stage[], name: string, dir: string): string {
  const steps = stages.find((stage) => stage.name === name)?.steps;
  if (!steps) throw new Error(`the Dockerfile has no stage ${name}`);
  mkdirSync(dir);
  for (const { instruction, rest } of steps) {
    if (instruction === "COPY" && rest === ". .") copyContext(dir);
    else if (instruction === "COPY") copy(rest, ROOT, dir);
    else if (instruction !== "RUN") throw new Error(`${instruction} ${rest}: not known here`);
    else if (name === "build" && rest.startsWith("npm ci "))
      symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
    else execFileSync("sh", ["-ec", rest], { cwd: dir, stdio: ["ignore", "ignore", "inherit"] });
  }
  return dir;
}

/** As COPY does it: files go into a folder that ends with a slash. */
function copy(paths: string, from: string, to: string): void {
  const words = paths.split(" ");
  const target = words.pop() ?? "";
  for (const word of words)
    cpSync(join(from, word), join(to, target, target.endsWith("/") ? word : ""), {
      recursive: true,
      verbatimSymlinks: true,
    });
}

/** What .dockerignore lets in. */
function copyContext(to: string): void {
  const patterns = readFileSync(join(ROOT, ".dockerignore"), "utf8")
    .split("\n")
    .filter((line) => /^[^#]/.test(line));
  const ignored = patterns.filter((pattern) => pattern.startsWith("**/")).map((pattern) => pattern.slice(3));
  const isIgnored = (path: string) =>
    ignored.some((name) => (name.startsWith("*") ? path.endsWith(name.slice(1)) : basename(path) === name));
  for (const path of patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1)))
    cpSync(join(ROOT, path), join(to, path), { recursive: true, filter: (source) => !isIgnored(source) });
}

const Words = z.array(z.string());

function readSettings({ steps }: Stage): ImageSettings {
  const find = (name: string) => steps.find(({ instruction }) => instruction === name)?.rest ?? "";
  const wordsOf = (text: string) => Words.parse(JSON.parse(text));
  const env = [...find("ENV").matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value] as const);
  return {
    env: Object.fromEntries(env),
    entrypoint: wordsOf(find("ENTRYPOINT")),
    command: wordsOf(find("CMD")),
    health: wordsOf(/CMD (\[.*\])/.exec(find("HEALTHCHECK"))?.[1] ?? ""),
  };
}
