import { createHook } from "node:async_hooks";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";

/** What keeps a process busy or talks to the outside, by its name in `async_hooks`; unlike a count of handles it sees `unref`'d ones. */
const OPENERS = new Set([
  "FSEVENTWRAP",
  "PIPESERVERWRAP",
  "PIPEWRAP",
  "PROCESSWRAP",
  "STATWATCHER",
  "TCPSERVERWRAP",
  "TCPWRAP",
  "TLSWRAP",
  "Timeout",
  "UDPWRAP",
  "WORKER",
]);

/**
 * Run as a process of its own: imports the modules that its arguments name, one after the other, and prints as JSON
 * what each of them opened and left open.
 */
const open = new Map<number, string>();
// Node opens these when they are first asked for; a logger that does so opens nothing of its own.
void [process.stdin, process.stdout, process.stderr];
createHook({
  init(id, type) {
    if (OPENERS.has(type)) open.set(id, type);
  },
  destroy(id) {
    open.delete(id);
  },
}).enable();

const opened: Record<string, string[]> = {};
for (const path of process.argv.slice(2)) {
  open.clear();
  await import(pathToFileURL(path).href);
  // Twice: what a module does "in a moment" counts too, and so does what it has closed by then.
  await setImmediate();
  await setImmediate();
  if (open.size > 0) opened[path] = [...open.values()];
}
process.stdout.write(JSON.stringify(opened), () => process.exit());
