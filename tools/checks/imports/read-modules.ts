import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

const FOLDERS = ["src", "worker", "web", "tools", "examples", "packages"];

/**
 * The text of every module of the project but the tests, which may import anything.
 *
 * @param root the project's top folder
 * @returns texts by their path from there, with `/` between folders
 */
export function readModules(root: string): Map<string, string> {
  const paths = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
  );
  const modules = paths
    .map((path) => path.split(sep).join("/"))
    .filter(
      (path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path) && !/\/(node_modules|generated)\//.test(path),
    );
  return new Map(modules.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}
