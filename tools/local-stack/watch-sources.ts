import { existsSync, watch, type FSWatcher } from "node:fs";
import { join, sep } from "node:path";

/** Editors write a file in several steps, and whole folders change with a checkout. */
const SETTLE_MS = 200;
const SOURCE = /\.(tsx?|html|css|svg|graphql)$/;

/**
 * Calls back when sources under the folders have changed, once for all that change together. Generated code
 * does not count: what generates it also changes a file that does.
 *
 * @param onChange gets the paths of the files, each below its folder as that was given
 * @returns ends it
 */
export function watchSources(folders: readonly string[], onChange: (files: readonly string[]) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const changed = new Set<string>();
  const watchers = new Set<FSWatcher>();
  const tell = () => {
    const files = [...changed];
    changed.clear();
    onChange(files);
  };

  const follow = (folder: string) => {
    const watcher = watch(folder, { recursive: true }, (_, name) => {
      if (name === null || !SOURCE.test(name) || name.endsWith(".test.ts")) return;
      if (name.split(sep).includes("generated")) return;
      changed.add(join(folder, name));
      clearTimeout(timer);
      timer = setTimeout(tell, SETTLE_MS);
    });
    watchers.add(watcher);
    watcher.on("error", () => {
      // A folder went away while it was looked at, as happens with a checkout.
      watchers.delete(watcher);
      watcher.close();
      if (existsSync(folder)) follow(folder);
    });
  };
  for (const folder of folders) follow(folder);

  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
