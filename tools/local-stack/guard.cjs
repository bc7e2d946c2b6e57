/**
 * Ends the processes of the one that has started it when that one is gone, however it went: also a `kill -9` closes the
 * channel between the two. Started by `guarded.ts`. A CommonJS module, because one of ES begins to listen only after the channel may have closed.
 */
const ASK_AGAIN_MS = 50;

/** @type {Map<number, { signal: NodeJS.Signals, waitMs: number }[]>} how each is ended, by its pid */
const charges = new Map();

process.on("message", (/** @type {{ pid: number, ending?: { signal: NodeJS.Signals, waitMs: number }[] }} */ order) => {
  if (order.ending) charges.set(order.pid, order.ending);
  else charges.delete(order.pid);
});
process.once("disconnect", () => {
  for (const [pid, ending] of charges) void end(pid, ending);
});
// Whoever ends everything at once would end it before its charges.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

/** Asks ever less kindly, until it is gone. */
async function end(pid, ending) {
  for (const { signal, waitMs } of ending) {
    const giveUpAt = Date.now() + waitMs;
    let there = send(pid, signal);
    while (there && Date.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      there = send(pid, 0);
    }
    if (!there) return;
  }
}

/** @returns whether there is such a process */
function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
