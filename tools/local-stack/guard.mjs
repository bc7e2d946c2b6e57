/**
 * Runs one process and ends it when the process that asked for it is gone, however it went: also a `kill -9` closes
 * the channel between the two. Started by `guarded.ts`; plain JavaScript, because it has to be up at once.
 */
import { spawn } from "node:child_process";

process.once("message", run);
// Without an order there is nothing to guard.
process.once("disconnect", () => process.exit());

/**
 * @param {{ command: string, args: string[], env?: Record<string, string>, uid?: number, gid?: number,
 *   ending: { signal: NodeJS.Signals, waitMs: number }[] }} order
 */
function run({ command, args, env, uid, gid, ending }) {
  const child = spawn(command, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
    ...(uid === undefined ? {} : { uid, gid }),
  });
  child.once("spawn", () => tell({ pid: child.pid }));
  child.once("error", (error) => tell({ error: error.message }, () => process.exit()));
  child.once("exit", (code, signal) => tell({ ended: { code, signal } }, () => process.exit()));

  const end = once(() => escalate(child, ending));
  process.removeAllListeners("disconnect");
  process.once("disconnect", end);
  process.on("message", end);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);
}

/** Asks ever less kindly, until the child's end takes this process with it. */
function escalate(child, [step, ...rest]) {
  if (step === undefined) return;
  child.kill(step.signal);
  setTimeout(() => escalate(child, rest), step.waitMs);
}

function tell(message, then = () => {}) {
  if (process.connected) process.send(message, then);
  else then();
}

function once(work) {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
