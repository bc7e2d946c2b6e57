import { inject } from "vitest";
import { layGround, openColloquy, type Colloquy, type Ground } from "./colloquy.ts";
import { startTestProcess, type TestProcess } from "./processes.ts";

type Entry = "src/main.js" | "worker/main.js";
type Shared = Readonly<{ ground: Ground; apis: Promise<TestProcess>[]; workers: Promise<TestProcess>[] }>;

/** By the number of workers. They end with the process that runs the tests. */
const shared = new Map<number, Promise<Shared>>();

/**
 * A Colloquy with the usual settings that test files use one after the other, as a start and the first requests are what
 * most of them cost. For files that look at what they have made themselves: rows and jobs of other files are there.
 * What ends a process needs `startColloquy`.
 */
export async function shareColloquy({
  apis = 1,
  workers = 1,
}: Readonly<{ apis?: 0 | 1 | 2; workers?: 0 | 1 }> = {}): Promise<Colloquy> {
  let started = shared.get(workers);
  if (started === undefined) {
    started = layGround({}).then((ground) => ({ ground, apis: [], workers: [] }));
    shared.set(workers, started);
  }
  const all = await started;
  const { gemini, redis } = all.ground;
  const present = {
    apis: await take(all, "src/main.js", all.apis, apis),
    workers: await take(all, "worker/main.js", all.workers, workers),
  };
  gemini.reset();
  const ground = { ...all.ground, redis: { ...redis, stop: refuse, kill: refuse } };
  return openColloquy(ground, present, async () => gemini.reset());
}

/** So many processes, of which each is started when it is first asked for. */
async function take({ ground }: Shared, entry: Entry, there: Promise<TestProcess>[], count: number) {
  while (there.length < count) there.push(startTestProcess(entry, inject("buildDir"), ground.env));
  const processes = await Promise.all(there.slice(0, count));
  return processes.map(lend);
}

/** A process for one file, which sees what was logged meanwhile and cannot end it. */
function lend(process: TestProcess): TestProcess {
  const earlier = new Set(process.logs);
  return {
    ...process,
    get logs() {
      return process.logs.filter((line) => !earlier.has(line));
    },
    whenLogged: (accept) => process.whenLogged((line) => !earlier.has(line) && accept(line)),
    stop: refuse,
    kill: refuse,
  };
}

function refuse(): never {
  throw new Error("other test files use it too: take `startColloquy`");
}
