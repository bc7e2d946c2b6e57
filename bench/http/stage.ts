import type { Redis } from "ioredis";
import { layGround } from "../_support/ground.ts";
import type { Program } from "../_support/program.ts";
import { readVersions, type Versions } from "../_support/versions.ts";
import type { SystemName } from "./cases.ts";
import { CONNECTIONS } from "./load.ts";
import { createPeople, type Person } from "./people.ts";
import { createFreshRooms, type FreshRooms } from "./requests.ts";

/** All processes of a run, each a real one. No worker: what is sent stays in the queue. */
export type Stage = Readonly<{
  redis: Redis;
  pids: Readonly<{ redis: number; postgres: number }>;
  versions: Versions;
  people: readonly Person[];
  rooms: FreshRooms;
  servers: Readonly<Record<SystemName, Program>>;
  stop(): Promise<void>;
}>;

/** @throws when a part cannot be had; nothing is left running then */
export async function setStage(options: {
  people: number;
  notify: (line: string) => void;
  abort: AbortSignal;
}): Promise<Stage> {
  const { notify, abort } = options;
  const ground = await layGround("http", options);
  const { db, redis, pids, stop } = ground;
  try {
    const settings = {
      ...ground.settings,
      ACCESS_TOKEN_TTL: "4h",
      // All of them come from one address, and in a hurry.
      REQUESTS_PER_IP: "0",
      REQUESTS_PER_USER: "0",
      PRO_DAILY_MESSAGES: "0",
    };
    notify(`Making ${options.people} people with their rooms …`);
    const people = await createPeople(db, settings, { people: options.people, talkers: CONNECTIONS });
    abort.throwIfAborted();
    const run = (name: string, file: string) => ground.run({ name, file, env: settings });
    const yardstick = (name: string) => run(`${name} server`, `bench/http/programs/${name}-server.js`);
    const [colloquy, yoga, express, apollo, mercurius] = await Promise.all([
      run("API", "src/main.js"),
      yardstick("yoga"),
      yardstick("express"),
      yardstick("apollo"),
      yardstick("mercurius"),
    ]);
    return {
      redis,
      pids,
      versions: await readVersions(db, redis),
      people,
      rooms: createFreshRooms(people),
      servers: { colloquy, yoga, express, apollo, mercurius },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
