import { pino, type DestinationStream } from "pino";

/** How long a line waits for others, in milliseconds. */
const GATHER_MS = 20;
/** What is gathered at most, in bytes. */
const GATHER_BYTES = 8 * 1024;

/**
 * Writes lines to standard output, those of some moments together: a system call for each takes longer than to make it. What
 * is gathered is written when the process exits, also by a fault; who kills it loses what is younger than `GATHER_MS`.
 */
export function createGatheredOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: false, minLength: GATHER_BYTES });
  let pending = 0;
  let timer: NodeJS.Timeout | undefined;
  const flushSoon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      output.flush();
    }, GATHER_MS);
  };
  output.on("write", (bytes: number) => (pending -= bytes));
  // A reader that is slow had not taken the lines before.
  output.on("drain", () => {
    if (pending > 0) flushSoon();
  });
  return {
    write(line) {
      pending += Buffer.byteLength(line);
      output.write(line);
      flushSoon();
    },
  };
}
