import { delay } from "../../src/platform/timing.ts";
import type { Ending } from "../../tools/local-stack/guarded.ts";
import type { Fault, PartName } from "./faults.ts";

/** A process that plays a part until it ends. */
export type Player = Readonly<{
  pid: number;
  ended: Promise<Ending>;
  /** Rejects when it ends before. */
  ready: Promise<unknown>;
  stop(): Promise<void>;
}>;

/** A process that is started again whenever it has ended. */
export type Part = Readonly<{
  name: PartName;
  /** @returns false when there was nothing to strike: it had not come back from the last fault */
  strike(fault: Fault): boolean;
  /** Resolves when it is there. @throws when it cannot be started any more */
  ready(): Promise<void>;
  /** Whether it is up and not frozen. */
  isThere(): boolean;
  /** Called whenever that may have changed. */
  onChange(listener: () => void): void;
  /** The times that it ended although nobody asked it to. */
  crashes: readonly string[];
  close(): Promise<void>;
}>;

/** @param start resolves as soon as the process can be struck; it need not be ready */
export function keepPart(name: PartName, start: () => Promise<Player>): Part {
  let player: Player | undefined;
  let up = false;
  let struck = false;
  let away = 0;
  let broken: Error | undefined;
  const closing = new AbortController();
  const thaws = new Set<NodeJS.Timeout>();
  const crashes: string[] = [];
  const listeners = new Set<() => void>();
  const changed = () => listeners.forEach((tell) => tell());

  async function live(): Promise<void> {
    while (!closing.signal.aborted) {
      struck = false;
      const mine = await start();
      player = mine;
      mine.ready.then(
        () => {
          up = player === mine;
          changed();
        },
        () => {},
      );
      // Whoever closes the part may have looked for it just before.
      if (closing.signal.aborted) await mine.stop();
      const { code, signal } = await mine.ended;
      player = undefined;
      up = false;
      changed();
      if (!struck && !closing.signal.aborted)
        crashes.push(`${name} ended by itself (${signal ?? `exit code ${code}`})`);
      await delay(struck ? away : 0, closing.signal);
    }
  }
  const life = live().catch((cause: unknown) => {
    broken = new Error(`${name} cannot be started: ${String(cause)}`, { cause });
    crashes.push(broken.message);
    changed();
  });

  function freeze(pid: number, ms: number): void {
    sendSignal(pid, "SIGSTOP");
    const thaw = setTimeout(() => {
      thaws.delete(thaw);
      sendSignal(pid, "SIGCONT");
      changed();
    }, ms);
    thaws.add(thaw);
    changed();
  }

  const isThere = () => up && thaws.size === 0;

  return {
    name,
    crashes,
    strike({ kind, away: ms }) {
      if (!player) return false;
      if (kind === "freeze") {
        freeze(player.pid, ms);
        return true;
      }
      struck = true;
      away = ms;
      up = false;
      changed();
      sendSignal(player.pid, kind === "kill" ? "SIGKILL" : "SIGTERM");
      return true;
    },
    ready: () =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!broken && !isThere()) return;
          listeners.delete(look);
          if (broken) reject(broken);
          else resolve();
        };
        listeners.add(look);
        look();
      }),
    isThere,
    onChange: (listener) => void listeners.add(listener),
    async close() {
      closing.abort();
      for (const thaw of thaws) clearTimeout(thaw);
      if (player) sendSignal(player.pid, "SIGCONT");
      await player?.stop();
      await life;
    },
  };
}

/** Harmless when the process has ended. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
