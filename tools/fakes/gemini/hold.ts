import type { ServerResponse } from "node:http";

export type Hold = ReturnType<typeof createHold>;

/** Waits that all end at once when the connection closes. */
export function createHold(response: ServerResponse) {
  let closed = response.destroyed;
  let wake = (): void => {};
  response.once("close", () => {
    closed = true;
    wake();
  });

  function until(arm: (done: () => void) => () => void): Promise<void> {
    if (closed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        release();
        resolve();
      };
      const release = arm(done);
      wake = done;
    });
  }

  return {
    closed: () => closed,
    closing: () => until(() => nothingToRelease),
    sleep: (ms: number) =>
      until((done) => {
        const timer = setTimeout(done, ms);
        return () => clearTimeout(timer);
      }),
    opened: (gate: Promise<void>) =>
      until((done) => {
        void waitFor(gate, done);
        return nothingToRelease;
      }),
    drained: () =>
      until((done) => {
        response.once("drain", done);
        return () => response.off("drain", done);
      }),
  };
}

async function waitFor(gate: Promise<void>, done: () => void): Promise<void> {
  await gate;
  done();
}

function nothingToRelease(): void {}
