import { runBench, type Options } from "../_support/bench.ts";
import type { Harness } from "../_support/harness.ts";
import { measureProcesses } from "./processes.ts";
import { measureReads } from "./reads.ts";
import { writeProcesses, writeReads, writeRows, writeSockets } from "./report.ts";
import { measureRows } from "./rows.ts";
import { measureSockets } from "./sockets.ts";

/** What grows: messages of a room, rooms of a user, sockets of an API; and how many rooms of each size there are. */
const SIZES = {
  full: { messages: [10, 1_000, 10_000], rooms: [10, 1_000, 10_000], each: 60, sockets: [1_000, 3_000, 10_000] },
  quick: { messages: [10, 1_000], rooms: [10, 1_000], each: 10, sockets: [200] },
};

await runBench({
  folder: "growth",
  section: "Growth",
  packages: ["graphql", "graphql-yoga", "@prisma/client", "pg", "ioredis", "bullmq", "ws"],
  cases: ["storage", "sockets", "processes"],
  usual: { full: { times: 3, seconds: 4 }, quick: { times: 1, seconds: 2 } },
  measure,
});

async function measure(harness: Harness, { quick, times, seconds, wants }: Options): Promise<string> {
  const sizes = SIZES[quick ? "quick" : "full"];
  const sections: string[] = [];
  /** Each part begins with an empty database. */
  const begin = () => harness.db.$executeRaw`TRUNCATE "User" CASCADE`;
  if (wants("storage")) {
    sections.push(writeReads(await measureReads(harness, sizes, times)), writeRows(await measureRows(harness.db)));
    await begin();
  }
  if (wants("sockets")) {
    sections.push(writeSockets(await measureSockets(harness, sizes.sockets)));
    await begin();
  }
  if (wants("processes")) sections.push(writeProcesses(await measureProcesses(harness, { times, seconds })));
  return sections.join("\n\n");
}
