import { afterAll, beforeAll, expect, test } from "vitest";
import { createAccessToken } from "../../../src/features/auth/access-token.ts";
import { createViewerReader, type ReadViewer } from "../../../src/features/auth/viewer.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp, type CountedApp } from "../../_support/counted-app.ts";
import { newPhone } from "../../_support/phones.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

const MISSING = "01a1ffca-a817-751a-8420-6b7e3907cbfe";

let colloquy: Colloquy;
let app: CountedApp;
let readViewer: ReadViewer;
let statements = 0;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 0, workers: 0 });
  app = await startCountedApp(colloquy.env);
  const { config, clock, db } = app.ctx;
  const query: typeof db.query = (statement) => {
    statements += 1;
    return db.query(statement);
  };
  readViewer = createViewerReader({ config, clock, db: { query } as typeof db });
});
afterAll(async () => {
  await app.close();
  await colloquy.close();
});

/** Somebody with a session. */
async function openSession(session: { revokedAt?: Date; expiresAt?: Date } = {}) {
  const userId = (await colloquy.db.user.create({ data: { id: crypto.randomUUID(), phone: newPhone() } })).id;
  const sessionId = crypto.randomUUID();
  const expiresAt = new Date(Date.now() + 60_000);
  await colloquy.db.session.create({
    data: { id: sessionId, userId, refreshTokenHash: sessionId, expiresAt, ...session },
  });
  return { userId, sessionId };
}

const bearerOf = async (session: { userId: string; sessionId: string }) =>
  `Bearer ${(await createAccessToken(app.ctx.config, { ...session, now: new Date() })).token}`;

test("all who ask in one turn are told apart by one statement", async () => {
  const good = await Promise.all(Array.from({ length: 10 }, () => openSession()));
  const bad = [
    await openSession({ revokedAt: new Date() }),
    await openSession({ expiresAt: new Date() }),
    { userId: MISSING, sessionId: good[0]!.sessionId },
    { userId: MISSING, sessionId: MISSING },
  ];
  const bearers = await Promise.all([...bad, ...good, good[0]!].map(bearerOf));
  // Their signatures are checked, each in its own time.
  await Promise.all(bearers.map(readViewer));
  statements = 0;
  const viewers = await Promise.all([...bearers, "Bearer nonsense", undefined].map(readViewer));
  expect(statements).toBe(1);
  expect(viewers.map((viewer) => viewer?.userId)).toEqual([
    ...bad.map(() => undefined),
    ...[...good, good[0]!].map(({ userId }) => userId),
    undefined,
    undefined,
  ]);
});

test("a session is looked at each time", async () => {
  const session = await openSession();
  const bearer = await bearerOf(session);
  expect(await readViewer(bearer)).toMatchObject(session);
  await colloquy.db.session.update({ where: { id: session.sessionId }, data: { revokedAt: new Date() } });
  expect(await readViewer(bearer)).toBeNull();
});
