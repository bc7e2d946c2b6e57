import { resolve } from "node:path";
import { listModules } from "./module-tree.ts";
import { createProgram, type Program } from "./program.ts";
import { watchSources } from "./watch-sources.ts";

export type Programs = Readonly<{
  /** Starts them all, and each again whenever a module of its own changes, or when it ends after it has come up. */
  start(): void;
  stop(): Promise<void>;
}>;

/** A program and what is known of its last start. */
type Started = { name: string; entry: string; program: Program; modules: ReadonlySet<string>; ready: boolean };

/**
 * The project's programs, run from their sources.
 *
 * @param input.entries TypeScript files by the name of their program
 * @param input.folders where they and what they import are
 * @param input.onLine hears each line a program writes
 * @param input.say hears what happens to the programs
 * @param input.onReady is called whenever all of them have come up
 */
export function createPrograms(input: {
  entries: Readonly<Record<string, string>>;
  folders: readonly string[];
  env: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
  say: (line: string) => void;
  onReady: () => void;
}): Programs {
  const { entries, folders, env, onLine, say, onReady } = input;
  const all = Object.entries(entries).map(([name, entry]): Started => {
    const started: Started = {
      name,
      entry,
      program: createProgram({
        name,
        entry,
        env,
        onLine,
        onEnd: (how) => {
          const worked = started.ready;
          started.ready = false;
          say(`${name} has ended (${how}). ${worked ? "It starts again." : "A change restarts it."}`);
          if (worked) restart([started]);
        },
      }),
      modules: new Set(),
      ready: false,
    };
    return started;
  });
  let stopped = false;
  let changed: readonly string[] = [];
  let work: Promise<unknown> = Promise.resolve();
  let unwatch = () => {};

  const restart = (some: readonly Started[]) => {
    work = work.then(() => (stopped ? undefined : startAll(some)));
  };
  const onChange = (files: readonly string[]) => {
    const waiting = changed.length > 0;
    // Whatever changes until the restart begins is part of it.
    changed = [...new Set([...changed, ...files])];
    if (waiting) return;
    work = work.then(async () => {
      const since = changed;
      changed = [];
      const affected = all.filter((each) => isAffected(each, since));
      if (stopped || affected.length === 0) return;
      const names = affected.map(({ name }) => name).join(" and ");
      say(`${nameFiles(since)} changed: restarting ${names}`);
      await stopAll(affected);
      if (!stopped) await startAll(affected);
    });
  };

  async function startAll(some: readonly Started[]): Promise<void> {
    try {
      await Promise.all(some.map(startOne));
      if (all.every(({ ready }) => ready)) onReady();
    } catch (error) {
      say(`${String(error)}. A change tries it again.`);
    }
  }

  return {
    start() {
      unwatch = watchSources(folders, onChange);
      work = startAll(all);
    },
    async stop() {
      stopped = true;
      unwatch();
      await stopAll(all);
      // A start that was under way has let go by now, but may have left something.
      await work;
      await stopAll(all);
    },
  };
}

async function startOne(each: Started): Promise<void> {
  each.modules = listModules(each.entry);
  ({ ready: each.ready } = await each.program.start());
}

/** Any change is worth a try for a program that is down. */
function isAffected({ modules, ready }: Started, files: readonly string[]): boolean {
  return !ready || files.some((file) => modules.has(resolve(file)));
}

function nameFiles(files: readonly string[]): string {
  const [first = "", ...others] = files;
  return others.length === 0 ? `${first} has` : `${first} and ${others.length} more have`;
}

async function stopAll(some: readonly Started[]): Promise<void> {
  await Promise.all(some.map(({ program }) => program.stop()));
}
