import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { runAdmin } from "../../../src/features/admin/command/run-admin.ts";
import { codesOf, openDevice } from "../../_support/accounts.ts";
import { buy, startShop, subscriptionOf, type Shop } from "../../_support/billing.ts";
import { expectWholeReply } from "../../_support/expect-reply.ts";
import { SendMessage } from "../../_support/documents.ts";
import { typesOf, watchAccount } from "../../_support/watch-account.ts";

type Ran = Readonly<{ code: number; out: string; result: unknown; err: string }>;

let shop: Shop;

beforeAll(async () => {
  shop = await startShop({ workers: 0, env: { BASIC_DAILY_MESSAGES: "2" } });
});
afterAll(() => shop.close());

/** Runs a command in this process, which is all but the start of one of its own. */
async function admin(args: readonly string[], more: Record<string, string> = {}): Promise<Ran> {
  let [out, err] = ["", ""];
  const code = await runAdmin(args, {
    env: { ...shop.colloquy.env, ...more },
    stdout: { write: (text) => void (out += text) },
    stderr: { write: (text) => void (err += text) },
  });
  return { code, out, result: /^[{[]/.test(out) ? JSON.parse(out) : undefined, err };
}

/** Runs a command as it runs in production. */
function adminProcess(args: readonly string[]): Promise<Omit<Ran, "result">> {
  const program = join(inject("buildDir"), "src/admin.js");
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env: shop.colloquy.env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err });
    });
  });
}

const auditOf = ({ err }: Pick<Ran, "err">) =>
  err
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === "admin");

describe("what it is told", () => {
  test("is refused with what there is, and exit code 2, before anything is opened", async () => {
    const ran = await admin(["show"], { DATABASE_URL: "" });
    expect(ran.code).toBe(2);
    expect(ran.err).toContain("show takes one user.");
    expect(ran.err).toContain("npm run admin -- grant-pro <user>");
    expect(ran.out).toBe("");
  });

  test("--help says what there is, and needs no settings", async () => {
    const ran = await admin(["--help"], { DATABASE_URL: "" });
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("npm run admin -- show <user>");
  });

  test("wrong settings and unknown users end with 1 and a sentence", async () => {
    const unset = await admin(["show", "+12025550100"], { DATABASE_URL: "" });
    expect([unset.code, unset.err]).toEqual([1, expect.stringContaining("DATABASE_URL must be set")]);
    const unknown = await admin(["show", "nobody"]);
    expect([unknown.code, unknown.err]).toEqual([1, "There is no user nobody.\n"]);
  });
});

describe("a user", () => {
  test("is shown by number and by id, with subscription and usage", async () => {
    const { device, userId, customer, subscription } = await shop.subscriber();
    await device.client.send(await device.client.createRoom(), "Hello");
    const byNumber = await admin(["show", device.phone]);
    expect(byNumber.result).toMatchObject({
      id: userId,
      phone: device.phone,
      plan: "PRO",
      subscription: { stripeId: subscription.id, status: "ACTIVE" },
      customer: { id: customer.id },
      usage: [{ messages: 1 }],
    });
    expect((await admin(["show", userId])).out).toBe(byNumber.out);
    expect(auditOf(byNumber)).toEqual([]);
  });

  test("gets Pro by hand and loses it, at once on open sockets, with a line in the log", async () => {
    const { client, phone, tokens } = await openDevice(shop.colloquy);
    const watch = watchAccount(client);
    await watch.until(() => typesOf(watch).includes("AccountSnapshot"));
    const granted = await admin(["grant-pro", phone, "--days", "30"]);
    expect(granted).toMatchObject({ code: 0, result: { id: tokens.user.id, plan: "PRO" } });
    await watch.until(() => typesOf(watch).includes("PlanChanged"));
    watch.stop();
    expect(await subscriptionOf(client)).toMatchObject({ plan: "PRO", status: null });
    const [line] = auditOf(granted);
    expect(line).toMatchObject({ command: "grant-pro", operator: expect.any(String) as string });
    expect(JSON.stringify(line)).not.toContain(phone);

    const { proGrantedUntil } = granted.result as { proGrantedUntil: string };
    expect(Math.abs(Date.parse(proGrantedUntil) - Date.now() - 30 * 86_400_000)).toBeLessThan(60_000);
    expect((await admin(["end-pro", phone])).result).toMatchObject({ plan: "BASIC", planUntil: null });
    expect(await subscriptionOf(client)).toMatchObject({ plan: "BASIC" });
  });

  test("keeps what was given by hand, whatever Stripe says and however often it is compared", async () => {
    const { device, subscription } = await shop.subscriber();
    await admin(["grant-pro", device.phone]);
    shop.stripe.account.cancelNow(subscription.id);
    await shop.deliver(shop.newEvents());
    expect((await admin(["sync", device.phone])).result).toMatchObject({ kind: "written", changed: false });
    expect(await subscriptionOf(device.client)).toMatchObject({ plan: "PRO", status: "CANCELED" });
    const shown = await admin(["show", device.phone]);
    expect(shown.result).toMatchObject({ plan: "PRO", planUntil: "9999-12-31T00:00:00.000Z" });
  });

  test("who pays does not lose Pro without losing the subscription", async () => {
    const { device, subscription } = await shop.subscriber();
    const refused = await admin(["end-pro", device.phone]);
    expect([refused.code, refused.err]).toEqual([1, "The user pays for a subscription: cancel it first.\n"]);
    expect(await subscriptionOf(device.client)).toMatchObject({ plan: "PRO" });
    const ended = await admin(["end-pro", device.phone, "--cancel-subscription"]);
    expect(ended).toMatchObject({ code: 0, result: { plan: "BASIC" } });
    expect(shop.stripe.account.findSubscription(subscription.id)?.status).toBe("canceled");
    expect(await subscriptionOf(device.client)).toMatchObject({ plan: "BASIC", status: "CANCELED" });
    shop.newEvents();
  });

  test("loses what another account of Stripe's has sold, and can subscribe anew", async () => {
    const { device, userId } = await shop.subscriber();
    const { db } = shop.colloquy;
    await db.stripeCustomer.update({ where: { userId }, data: { id: `cus_test_mode_${userId}` } });
    expect((await admin(["sync", device.phone])).result).toMatchObject({ kind: "missing", changed: false });
    expect(await subscriptionOf(device.client)).toMatchObject({ plan: "PRO" });
    const ended = await admin(["end-pro", device.phone, "--cancel-subscription"]);
    expect(ended).toMatchObject({ code: 0, result: { plan: "BASIC" } });
    await buy(shop, device.client);
    await shop.deliver(shop.newEvents());
    expect(await subscriptionOf(device.client)).toMatchObject({ plan: "PRO", status: "ACTIVE" });
  });

  test("is compared with Stripe when asked", async () => {
    const { device, subscription } = await shop.subscriber();
    shop.stripe.account.cancelNow(subscription.id);
    shop.newEvents();
    expect((await admin(["sync", device.phone])).result).toMatchObject({ kind: "written", changed: true });
    expect(await subscriptionOf(device.client)).toMatchObject({ plan: "BASIC" });
    const other = await openDevice(shop.colloquy);
    const never = await admin(["sync", other.phone]);
    expect([never.code, never.err]).toEqual([1, "The user has never begun a checkout.\n"]);
  });
});

describe("replies", () => {
  test("that are stuck are listed, and failed ones are started over free of charge", async () => {
    const { db } = shop.colloquy;
    const { client, tokens } = await openDevice(shop.colloquy);
    const [first, second] = [
      await client.send(await client.createRoom(), "One"),
      await client.send(await client.createRoom(), "Two"),
    ];
    const longAgo = new Date(Date.now() - 600_000);
    await db.message.update({ where: { id: first.replyId }, data: { createdAt: longAgo } });
    const stuck = await admin(["stuck"]);
    expect(stuck.result).toMatchObject([{ id: first.replyId, status: "PENDING", waitingFor: "WORKER" }]);
    expect((await admin(["stuck", "--older-than", "1h"])).result).toEqual([]);

    const failed = { status: "FAILED", finishedAt: new Date(), errorCode: "MODEL_UNAUTHORIZED" } as const;
    for (const { replyId } of [first, second]) await db.message.update({ where: { id: replyId }, data: failed });
    const stranger = "01900000-0000-7000-8000-000000000000";
    const byName = await admin(["requeue", first.replyId, stranger]);
    expect(byName.code).toBe(1);
    expect(byName.result).toEqual([
      { id: first.replyId, requeued: true },
      { id: stranger, requeued: false, refusal: "not a reply that failed" },
    ]);
    const bySince = await admin(["requeue", "--since", "1h"]);
    expect(bySince).toMatchObject({ code: 0, result: [{ id: second.replyId, requeued: true }] });
    expect(auditOf(bySince)).toMatchObject([{ command: "requeue", result: [{ id: second.replyId }] }]);
    // Both messages of the day are used, and yet the replies are written.
    expect(
      codesOf(await client.ask(SendMessage, { input: { chatroomId: await client.createRoom(), content: "3" } })),
    ).toEqual(["QUOTA_EXCEEDED"]);
    await shop.colloquy.startWorker();
    for (const { replyId } of [first, second])
      expect(await expectWholeReply(client, client.watchReply(replyId))).toMatchObject({ status: "COMPLETE" });
    const { messages } = await db.usage.findFirstOrThrow({ where: { userId: tokens.user.id } });
    expect(messages).toBe(2);
  });
});

test("the program gives what its command gives, the log apart from the result", async () => {
  const { phone, tokens } = await openDevice(shop.colloquy);
  const granted = await adminProcess(["grant-pro", phone]);
  expect(granted.code).toBe(0);
  expect(JSON.parse(granted.out)).toMatchObject({ id: tokens.user.id, plan: "PRO" });
  expect(auditOf(granted)).toMatchObject([{ command: "grant-pro" }]);
  expect(await adminProcess(["fly"])).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringContaining("fly") as string,
  });
});
