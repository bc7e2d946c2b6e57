import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCommandLine } from "./running-process.ts";

/** Another running process has the data folder. */
export class DataInUse extends Error {
  override readonly name = "DataInUse";
  readonly pid: number;

  constructor(dataDir: string, pid: number) {
    super(`The data in ${dataDir} is in use by process ${pid}. Stop that one first`);
    this.pid = pid;
  }
}

/**
 * Keeps a data folder to this process.
 *
 * @param program a part of this process's command line, to know it again
 * @returns gives the folder back
 * @throws {DataInUse} when another running process has it; one that was killed does not count
 */
export function lockDataDir(dataDir: string, program: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, "lock");
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const pid = Number(readFileSync(file, "utf8"));
    if (pid !== process.pid && readCommandLine(pid)?.includes(program)) {
      throw new DataInUse(dataDir, pid);
    }
    rmSync(file, { force: true });
  }
}
