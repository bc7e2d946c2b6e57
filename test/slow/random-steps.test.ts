import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { textOf } from "../../tools/fakes/gemini/record.ts";
import { readDirectives } from "../../tools/fakes/gemini/directives.ts";
import { numberedText } from "../../tools/fakes/gemini/text.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { CreateChatroom } from "../_support/documents.ts";
import { keepProcess, type KeptProcess } from "./chaos/process.ts";
import { startDevice, type Device } from "./random/device.ts";
import { keepHistory, readHistory, tellStory, type Story } from "./random/history.ts";
import { KINDS, planKills, planSteps, type Plan } from "./random/plan.ts";
import { comeToRest, findStale } from "./random/rest.ts";
import { takeStep, type Taken } from "./random/steps.ts";

/** `SEED=7 STEPS=300` repeats a run, as far as the clock allows, or makes another one. */
const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const STEPS = Number(process.env["STEPS"] ?? 1_000);
const ROOMS = 4;
/** Steps that one device has under way at once. */
const AT_ONCE = 3;
/** Steps from one rest to the next. */
const UNTIL_REST = 50;

let colloquy: Colloquy;
let devices: [Device, Device];
let workers: KeptProcess[];

beforeAll(async () => {
  const env = { BASIC_DAILY_MESSAGES: "100000", USER_CONCURRENT_REPLIES: "3", CONTEXT_TOKENS: "1000000" };
  colloquy = await startColloquy({ apis: 2, workers: 0, env });
  await keepHistory(colloquy.db);
  workers = await Promise.all(
    (["worker 1", "worker 2"] as const).map((name) => keepProcess(name, () => colloquy.startWorker())),
  );
  const first = await startDevice(colloquy, colloquy.apis[0]!);
  devices = [first, await startDevice(colloquy, colloquy.apis[1]!, first.phone)];
  for (let opened = 0; opened < ROOMS; opened += 1) {
    const { createChatroom } = await first.client.request(CreateChatroom, { input: {} });
    for (const device of devices) device.open(createChatroom.id);
  }
});
afterAll(async () => {
  for (const device of devices ?? []) device.close();
  await Promise.all((workers ?? []).map((each) => each.stop()));
  await colloquy?.close();
});

let said = 0;

/** The steps of both devices, some of them at once. */
async function takeSteps(plans: Plan[]): Promise<Taken[]> {
  const taken: Taken[] = [];
  const lane = async (device: Device) => {
    for (let plan = plans.shift(); plan; plan = plans.shift()) {
      const { directive } = plan;
      await delay(plan.pauseMs);
      const words = () => `Question ${(said += 1)}. ${directive}`;
      const opened = (roomId: string) => devices.forEach((each) => each.open(roomId));
      taken.push(await takeStep({ device, plan, words, opened }));
    }
  };
  await Promise.all(devices.flatMap((device) => Array.from({ length: AT_ONCE }, () => lane(device))));
  return taken;
}

async function killWorkers(until: AbortSignal): Promise<number> {
  let killed = 0;
  for (const { worker, pauseMs, downMs } of planKills(SEED)) {
    await delay(pauseMs, undefined, { signal: until }).catch(() => {});
    if (until.aborted) break;
    const process = worker === 0 ? ("worker 1" as const) : ("worker 2" as const);
    if (workers[worker]?.strike({ process, kind: "kill", pauseMs, downMs })) killed += 1;
  }
  return killed;
}

test(`${STEPS} steps of two devices while workers are killed`, { timeout: 900_000 }, async () => {
  console.log(`SEED=${SEED} STEPS=${STEPS}`);
  const startedAt = performance.now();
  const done = new AbortController();
  const killing = killWorkers(done.signal);
  const taken: Taken[] = [];
  const stale: string[] = [];
  for (const plans = planSteps(SEED, STEPS); plans.length > 0 && stale.length === 0;) {
    taken.push(...(await takeSteps(plans.splice(0, UNTIL_REST))));
    await Promise.all(devices[0].rooms.map((id) => comeToRest(devices[0].client, id)));
    for (const device of devices) stale.push(...(await findStale(device)));
  }
  done.abort();
  const killed = await killing;
  for (const worker of workers) await worker.settled();
  const seconds = Math.round((performance.now() - startedAt) / 1_000);

  const story = tellStory(await readHistory(colloquy.db));
  report(taken, story, { seconds, killed });
  const findings = [...story.findings, ...findWrongCalls(story), ...(await findMischarged(story)), ...stale];
  expect(findings).toEqual([]);
  // Or the steps prove nothing.
  if (STEPS >= 1_000) {
    const accepted = new Set(taken.filter(({ refusal }) => refusal === null).map(({ kind }) => kind));
    // Of the rare ones, one or two may find nothing to do it to.
    expect(accepted.size).toBeGreaterThan(KINDS.length - 3);
    expect(killed).toBeGreaterThan(5);
    for (const count of Object.values(story.ended)) expect(count).toBeGreaterThan(5);
  }
});

/** Each call has the path to its question, and each complete reply the text of such a call. */
function findWrongCalls({ paths, completed }: Story): string[] {
  const findings: string[] = [];
  const finished = new Map<string, number>();
  for (const { body, prompt, finished: isFinished } of colloquy.gemini.requests) {
    const path = JSON.stringify((body.contents ?? []).map((content) => [content.role, textOf(content)]));
    if (!paths.get(prompt)?.has(path)) {
      findings.push(`${prompt} was asked with ${path}, not ${[...(paths.get(prompt) ?? [])].join(" or ")}`);
    }
    if (isFinished) finished.set(prompt, (finished.get(prompt) ?? 0) + 1);
  }
  for (const { id, question, content } of completed) {
    const left = (finished.get(question) ?? 0) - 1;
    if (left < 0) findings.push(`${id} is complete, but no call for "${question}" was`);
    finished.set(question, left);
    const { chunks = 0, size } = readDirectives(question).pace;
    if (content !== numberedText({ chunks, size }))
      findings.push(`${id} has a text that the model never wrote: ${content}`);
  }
  return findings;
}

/**
 * A message is charged for each reply that ended, but for failures, and one stop a day before the first text. Nothing stays
 * reserved, and a day is the sum of its calls.
 */
async function findMischarged({ ended, completed }: Story): Promise<string[]> {
  const findings: string[] = [];
  const sums = {
    messages: true,
    refunds: true,
    stopRefunds: true,
    promptTokens: true,
    replyTokens: true,
    cost: true,
    reservedCost: true,
  } as const;
  const { _sum: used, _count: days } = await colloquy.db.usage.aggregate({ _sum: sums, _count: true });
  const stopRefunds = used.stopRefunds ?? 0;
  const due = {
    messages: ended.COMPLETE + ended.STOPPED - stopRefunds,
    refunds: ended.FAILED + ended.BLOCKED + stopRefunds,
    reservedCost: 0n,
  };
  for (const [what, number] of Object.entries(due)) {
    const stood = used[what as keyof typeof due];
    if (stood !== number) findings.push(`${what}: ${stood} instead of ${number}, of ${JSON.stringify(ended)}`);
  }
  if (stopRefunds > days) findings.push(`${stopRefunds} stops were refunded in ${days} days`);

  const calls = await colloquy.db.providerCall.findMany();
  const total = (of: (call: (typeof calls)[number]) => number | bigint) =>
    calls.reduce((sum, call) => sum + BigInt(of(call)), 0n);
  const ledger = {
    cost: total(({ cost }) => cost),
    promptTokens: total(({ promptTokens, toolTokens }) => promptTokens + toolTokens),
    replyTokens: total(({ replyTokens, thoughtTokens }) => replyTokens + thoughtTokens),
  };
  for (const [what, sum] of Object.entries(ledger)) {
    const stood = BigInt(used[what as keyof typeof ledger] ?? 0);
    if (stood !== sum) findings.push(`the days' ${what} is ${stood}, and the ledger's ${sum}`);
  }
  const complete = new Set(calls.filter(({ outcome }) => outcome === "COMPLETE").map(({ messageId }) => messageId));
  for (const { id } of completed) if (!complete.has(id)) findings.push(`${id} is complete, but not in the ledger`);
  return findings;
}

function report(taken: readonly Taken[], { ended }: Story, run: { seconds: number; killed: number }): void {
  const count = (kind: string, isRefused: boolean) =>
    taken.filter((each) => each.kind === kind && (each.refusal !== null) === isRefused).length;
  const kinds = KINDS.map((kind) => `${kind} ${count(kind, false)}+${count(kind, true)}`).join(", ");
  console.log(`Steps, accepted + refused, in ${run.seconds} s, with ${run.killed} workers killed: ${kinds}
replies ended: ${JSON.stringify(ended)}; calls: ${colloquy.gemini.requests.length}`);
}
