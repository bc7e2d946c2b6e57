import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

const ROOMS = ["src", "worker", "scripts", "bench", "examples"];

/**
 * The text of every module of the project but the tests, which may import anything.
 *
 * @param root the project's top folder
 */
export function readSources(root: string): Map<string, string> {
  const paths = ROOMS.filter((room) => existsSync(join(root, room))).flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" }).map((path) => join(room, path)),
  );
  return new Map(
    paths
      .map((path) => path.split(sep).join("/"))
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.includes("/node_modules/"))
      .map((path) => [path, readFileSync(join(root, path), "utf8")]),
  );
}
