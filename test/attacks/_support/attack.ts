import { expect, test } from "vitest";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import type { TestProcess } from "../../_support/processes.ts";
import { send } from "./flood.ts";
import { noteResult } from "./results.ts";
import { PROBED, sampleProbe, settle, startBystander, watchMemory } from "./target.ts";

export type Attack = Readonly<{
  /** What is done, as the table tells it. */
  name: string;
  /** Settings of the API, beside those of all tests: without limits of requests and sockets. */
  env?: Record<string, string>;
  /** Whom it is aimed at, and who is measured: the API, if nothing is said. */
  at?: "worker";
  bounds: Readonly<{
    /** By how much more memory is held when it is over, in MiB. */
    growth: number;
    /** By how much more at any moment, in MiB. */
    peak?: number;
    /** How many times as long others wait, by the median. */
    latency?: number;
    /** The longest block of the event loop, in milliseconds. */
    block?: number;
  }>;
  /** @returns what else came of it, in a few words */
  run(on: Target): Promise<string>;
}>;

export type Target = Readonly<{
  colloquy: Colloquy;
  url: string;
  api: TestProcess;
  /** Who is signed in, and attacks. */
  attacker: TestClient;
}>;

const LIMIT_MS = 240_000;
const QUIET_MS = 4_000;
/** Medians below this are noise, in milliseconds. */
const FLOOR_MS = 4;
const WARM_UP = ["{ __typename }", "{ me { id } }", "{ chatrooms { edges { node { id title } } } }", "{ nothing }"];

/** Registers an attack on a real API, or a real worker: measures it at rest, attacks it, and compares. */
export function attackTest(attack: Attack): void {
  test(
    attack.name,
    async () => {
      const colloquy = await startColloquy({ workers: 0, env: { ...PROBED, ...attack.env } });
      const [api] = colloquy.apis as [TestProcess];
      const target = attack.at === "worker" ? await colloquy.startWorker() : api;
      const { url } = colloquy.client();
      const [attacker, other] = [await colloquy.signIn(), await colloquy.signIn()];
      for (let n = 0; n < 400; n += 1) {
        const query = WARM_UP[n % WARM_UP.length];
        await send(url, JSON.stringify({ query }), { token: attacker.token() });
      }
      const bystander = startBystander(url, other.token());
      let stopWatching = () => 0;
      try {
        await settle();
        await Promise.all([bystander.take(), sampleProbe(target)]);
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
        const quiet = { ...(await sampleProbe(target)), latency: await bystander.take() };
        stopWatching = watchMemory(target);
        const note = await attack.run({ colloquy, url, api, attacker });
        const latency = await bystander.take();
        const { longest, p99, cpu } = await sampleProbe(target);
        const peak = stopWatching();
        await settle();
        const { rss } = await sampleProbe(target);
        noteResult({
          name: attack.name,
          quiet,
          during: { longest, p99, peak, cpu: cpu - quiet.cpu, latency },
          after: { rss },
          note,
        });
        expect.soft(longest, "the longest block, ms").toBeLessThan(attack.bounds.block ?? Infinity);
        expect.soft(rss - quiet.rss, "memory that is left, MiB").toBeLessThan(attack.bounds.growth);
        expect.soft(peak - quiet.rss, "memory at its peak, MiB").toBeLessThan(attack.bounds.peak ?? Infinity);
        const allowed = Math.max(FLOOR_MS, quiet.latency.p50) * (attack.bounds.latency ?? Infinity);
        expect.soft(latency.p50, "the median that others wait, ms").toBeLessThanOrEqual(allowed);
      } finally {
        stopWatching();
        await bystander.leave();
        await colloquy.close();
      }
    },
    LIMIT_MS,
  );
}
