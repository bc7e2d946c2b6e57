import { readFileSync } from "node:fs";

/** A signal from the terminal may come twice, once directly and once through npm. */
const SAME_REQUEST_MS = 1_000;
const PARENT_CHECK_MS = 1_000;

/**
 * Hears when this process should stop: SIGINT (Ctrl-C), SIGTERM, SIGHUP (the terminal was closed), nobody reads its
 * output any more, or the npm that runs it was killed. A second request ends the process at once.
 *
 * @returns aborted with the first request
 */
export function whenAskedToStop(): AbortSignal {
  const stop = new AbortController();
  let askedAt: number | undefined;
  const ask = () => {
    if (askedAt !== undefined && Date.now() - askedAt > SAME_REQUEST_MS) process.exit(1);
    askedAt ??= Date.now();
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, ask);
  for (const output of [process.stdout, process.stderr]) output.on("error", () => stop.abort());
  if (process.env["npm_lifecycle_event"] !== undefined) whenParentIsGone(() => stop.abort());
  return stop.signal;
}

/** npm waits for what it runs: when it is gone, it was killed, and nobody tells its shell or us. */
function whenParentIsGone(tell: () => void): void {
  const ancestors = readAncestors();
  const timer = setInterval(() => {
    if (readAncestors() === ancestors) return;
    clearInterval(timer);
    tell();
  }, PARENT_CHECK_MS);
  timer.unref();
}

/** Between npm and us some shells stay, and others make way. */
function readAncestors(): string {
  if (process.platform !== "linux") return String(process.ppid);
  try {
    const grandparent = readFileSync(`/proc/${process.ppid}/status`, "utf8").match(/^PPid:\s*(\d+)/m)?.[1];
    return `${process.ppid} ${grandparent}`;
  } catch {
    return String(process.ppid);
  }
}
