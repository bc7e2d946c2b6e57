import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { readCommandLine } from "../stack/running-process.ts";

export type StackUrls = Readonly<{ url: string; wsUrl: string }>;

const INFO_FILE = ".data/dev.json";
const HEALTH_LIMIT_MS = 2_000;
const Info = z.object({ url: z.url(), wsUrl: z.url(), pid: z.int() });

/** Finds the stack that `npm run dev` has started, if it answers. */
export async function findRunningStack(): Promise<StackUrls | undefined> {
  const info = readInfo();
  // The file of a stack that was killed stays behind.
  if (info === undefined || readCommandLine(info.pid) === undefined) return undefined;
  try {
    const health = await fetch(new URL("/health", info.url), { signal: AbortSignal.timeout(HEALTH_LIMIT_MS) });
    await health.body?.cancel();
    return health.ok ? info : undefined;
  } catch {
    return undefined;
  }
}

function readInfo(): z.infer<typeof Info> | undefined {
  if (!existsSync(INFO_FILE)) return undefined;
  try {
    return Info.parse(JSON.parse(readFileSync(INFO_FILE, "utf8")));
  } catch {
    return undefined;
  }
}
