import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { purgeEnded } from "../../../src/features/auth/purge-ended.ts";
import { RefreshSession } from "../../_support/account-documents.ts";
import { codesOf, openDevice, type DeviceOf } from "../../_support/accounts.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp, type CountedApp } from "../../_support/counted-app.ts";

const HOUR_MS = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS);

let colloquy: Colloquy;
let app: CountedApp;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 0 });
  app = await startCountedApp(colloquy.env);
});
afterAll(async () => {
  await app.close();
  await colloquy.close();
});

const purge = () => purgeEnded(app.ctx, new AbortController().signal);

test("codes of whoever never came are forgotten an hour after they expired, by bounded statements", async () => {
  await colloquy.db.otpCode.deleteMany();
  const insert = (name: string, count: number, expiresAt: Date) => colloquy.db.$executeRaw`
    INSERT INTO "OtpCode" ("phone", "purpose", "codeHash", "sentAt", "expiresAt")
    SELECT ${name} || "n", 'SIGN_IN', '', ${expiresAt}, ${expiresAt} FROM generate_series(1, ${count}::int) "n"`;
  await insert("strangers", 2_500, ago(1.1));
  await insert("late", 3, ago(0.9));
  await insert("good", 4, ago(-0.05));
  const deletes = (await app.statementsOf(purge)).filter((statement) => statement.includes('DELETE FROM "OtpCode"'));
  expect(deletes).toHaveLength(3);
  expect(await colloquy.db.otpCode.count()).toBe(7);
});

test("sessions are forgotten a day after they ended, and what was told of them stays", async () => {
  const device = await openDevice(colloquy);
  const others: DeviceOf[] = [];
  for (let n = 0; n < 4; n += 1) others.push(await openDevice(colloquy, device.phone));
  const set = (index: number, data: { revokedAt: Date } | { expiresAt: Date }) =>
    colloquy.db.session.update({ where: { id: others[index]!.tokens.session.id }, data });
  await colloquy.db.spentRefreshToken.create({
    data: { tokenHash: "spent", sessionId: others[0]!.tokens.session.id, successor: "", spentAt: ago(30) },
  });
  await Promise.all([
    set(0, { revokedAt: ago(25) }),
    set(1, { expiresAt: ago(25) }),
    set(2, { revokedAt: ago(23) }),
    set(3, { expiresAt: ago(23) }),
  ]);
  const where = { userId: device.tokens.user.id };
  const events = await colloquy.db.securityEvent.count({ where });
  await purge();
  const left = await colloquy.db.session.findMany({ where, select: { id: true } });
  expect(new Set(left.map(({ id }) => id))).toEqual(
    new Set([device, others[2]!, others[3]!].map(({ tokens }) => tokens.session.id)),
  );
  expect(await colloquy.db.securityEvent.count({ where })).toBe(events);
  for (const { tokens } of others.slice(0, 2)) {
    const { refreshToken } = tokens;
    expect(codesOf(await colloquy.client().ask(RefreshSession, { refreshToken }))).toEqual(["UNAUTHENTICATED"]);
  }
});

test("a worker settles failed sign-ins of known and unknown numbers", async () => {
  const { phone, tokens } = await openDevice(colloquy);
  const failed = (to: string) => ({
    id: uuidv7(),
    phone: to,
    userAgent: "an app",
    ip: "192.0.2.7",
    createdAt: new Date(),
  });
  await colloquy.db.failedSignIn.createMany({
    data: [...Array.from({ length: 700 }, (_, n) => failed(`+1999${n}`)), failed(phone), failed(phone)],
  });
  const worker = await colloquy.startWorker();
  await expect.poll(() => colloquy.db.failedSignIn.count()).toBe(0);
  const noted = await colloquy.db.securityEvent.findMany({ where: { kind: "SIGN_IN_FAILED" } });
  expect(noted.map(({ userId, userAgent, ip }) => ({ userId, userAgent, ip }))).toEqual(
    [1, 2].map(() => ({ userId: tokens.user.id, userAgent: "an app", ip: "192.0.2.7" })),
  );
  await worker.stop();
});
