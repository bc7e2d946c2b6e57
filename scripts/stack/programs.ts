import { createProgram, type Program } from "./program.ts";
import { watchSources } from "./watch-sources.ts";

export type Programs = Readonly<{
  /** Starts them all, and again whenever their sources change. */
  start(): void;
  stop(): Promise<void>;
}>;

/**
 * The project's programs, run from their sources.
 *
 * @param input.entries TypeScript files by the name of their program
 * @param input.folders a change in one of them restarts all
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
  const programs = Object.entries(entries).map(([name, entry]) =>
    createProgram({
      name,
      entry,
      env,
      onLine,
      onEnd: (how) => say(`${name} has ended (${how}). A change restarts it.`),
    }),
  );
  let stopped = false;
  let waiting = false;
  let work: Promise<unknown> = Promise.resolve();
  let unwatch = () => {};

  const onChange = (file: string) => {
    // Whatever changes until the restart begins is part of it.
    if (waiting) return;
    waiting = true;
    work = work.then(async () => {
      waiting = false;
      if (stopped) return;
      say(`${file} has changed: restarting`);
      await stopAll(programs);
      if (!stopped) await startAll();
    });
  };

  async function startAll(): Promise<void> {
    try {
      const started = await Promise.all(programs.map((program) => program.start()));
      if (started.every(({ ready }) => ready)) onReady();
    } catch (error) {
      say(`${String(error)}. A change tries it again.`);
    }
  }

  return {
    start() {
      unwatch = watchSources(folders, onChange);
      work = startAll();
    },
    async stop() {
      stopped = true;
      unwatch();
      await stopAll(programs);
      // A start that was under way has let go by now, but may have left something.
      await work;
      await stopAll(programs);
    },
  };
}

async function stopAll(programs: readonly Program[]): Promise<void> {
  await Promise.all(programs.map((program) => program.stop()));
}
