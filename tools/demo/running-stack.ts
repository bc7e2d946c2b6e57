import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readCommandLine } from "../local-stack/running-process.ts";

export type StackUrls = Readonly<{ url: string; wsUrl: string }>;

const HEALTH_LIMIT_MS = 2_000;
const Info = z.object({ url: z.url(), wsUrl: z.url(), pid: z.int() });

/** Finds the stack that `npm run dev` has started with this data, if it answers. */
export async function findRunningStack(dataDir = ".data"): Promise<StackUrls | undefined> {
  const info = readInfo(join(dataDir, "dev.json"));
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

function readInfo(file: string): z.infer<typeof Info> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return Info.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}
