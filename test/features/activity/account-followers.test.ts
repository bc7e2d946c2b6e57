import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { UpdateProfile } from "../../_support/account-documents.ts";
import { openDevice } from "../../_support/accounts.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp, type CountedApp } from "../../_support/counted-app.ts";
import { openStream } from "../../_support/event-stream.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { watchAccount } from "../../_support/watch-account.ts";

let colloquy: Colloquy;
let app: CountedApp;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  app = await startCountedApp(colloquy.env);
});
afterAll(async () => {
  await app.close();
  await colloquy.close();
});

test("what has changed is read once for each follower, also with variables that nobody declared", async () => {
  const elsewhere = colloquy.client();
  elsewhere.useToken(app.client.token());
  const query = "subscription { accountChanged { ... on ProfileChanged { user { name usage { used } } } } }";

  /** How many statements a change costs when so many follow. */
  async function costOf(followers: number, name: string): Promise<number> {
    const streams = Array.from({ length: followers }, (_, n) =>
      openStream(app.client.url, { query, variables: { [`x${n}`]: n } }, { token: app.client.token() }),
    );
    await Promise.all(streams.map((stream) => stream.until("next")));
    const statements = await app.statementsOf(async () => {
      await elsewhere.request(UpdateProfile, { input: { name } });
      await Promise.all(streams.map((stream) => stream.until(name)));
    });
    for (const { request } of streams) request.on("error", () => {}).destroy();
    return statements.filter((statement) => statement.includes('"User"')).length;
  }

  const alone = await costOf(1, "Ada");
  expect(alone).toBeGreaterThan(0);
  expect(await costOf(25, "Grace")).toBeLessThanOrEqual(25 * alone);
});

test("a session follows its account fifty times, and once more when one has left; others are not in its way", async () => {
  const device = await openDevice(colloquy);
  const other = await openDevice(colloquy, device.phone);
  const query = "subscription { accountChanged { __typename } }";
  const follow = (from = device) => openStream(from.client.url, { query }, { token: from.client.token() });
  const streams = Array.from({ length: 50 }, () => follow());
  onTestFinished(() => streams.forEach(({ request }) => request.on("error", () => {}).destroy()));
  await Promise.all(streams.map((stream) => stream.until("AccountSnapshot")));

  expect(await follow().until("complete")).toContain('"code":"RATE_LIMITED"');
  await expect(watchAccount(device.client).until(() => true)).rejects.toThrow("RATE_LIMITED");
  const another = follow(other);
  streams.push(another);
  expect(await another.until("AccountSnapshot")).toContain("AccountSnapshot");
  streams
    .pop()
    ?.request.on("error", () => {})
    .destroy();
  streams[0]!.request.on("error", () => {}).destroy();
  await expect
    .poll(async () => {
      const again = follow();
      streams.push(again);
      return again.until("}\n\n");
    })
    .toContain("AccountSnapshot");
});
