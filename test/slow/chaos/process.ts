import { setTimeout as delay } from "node:timers/promises";
import type { Fault, ProcessName } from "./faults.ts";

/** A process as far as a fault reaches it. */
export type Victim = Readonly<{
  ended: Promise<unknown>;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<unknown>;
  kill(): Promise<unknown>;
}>;

/** A process that comes back whenever it was struck. */
export type KeptProcess = Readonly<{
  /** Starts the fault. @returns whether there was anything to strike: it may not have come back from the last one */
  strike(fault: Fault): boolean;
  /** Resolves when it is there, and stays. @throws when it could not be started again, or ended by itself */
  settled(): Promise<void>;
  stop(): Promise<void>;
}>;

export async function keepProcess(name: ProcessName, start: () => Promise<Victim>): Promise<KeptProcess> {
  let victim = await start();
  let fault: Promise<void> | undefined;
  const faults: unknown[] = [];
  const watch = () => {
    const mine = victim;
    void mine.ended.then((how) => {
      if (fault === undefined && mine === victim) faults.push(`${name} ended by itself: ${JSON.stringify(how)}`);
    });
  };
  watch();

  async function suffer({ kind, downMs }: Fault): Promise<void> {
    if (kind === "freeze") {
      victim.signal("SIGSTOP");
      await delay(downMs);
      return victim.signal("SIGCONT");
    }
    await victim[kind]();
    await delay(downMs);
    victim = await start();
    watch();
  }

  return {
    strike(next) {
      if (fault) return false;
      fault = suffer(next)
        .catch((error: unknown) => void faults.push(error))
        .finally(() => (fault = undefined));
      return true;
    },
    async settled() {
      await fault;
      if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join("; "));
    },
    async stop() {
      await fault;
      fault = victim.kill().then(() => {});
      await fault;
    },
  };
}
