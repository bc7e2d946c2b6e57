import { decodeJwt, decodeProtectedHeader } from "jose";
import { expect, test } from "vitest";
import { readConfig } from "../../config.ts";
import { createAccessToken, createAccessTokenReader } from "./access-token.ts";

const SECRET = "a secret of the length that is asked for";
const configOf = (env: NodeJS.ProcessEnv = {}) =>
  readConfig({
    DATABASE_URL: "postgresql://localhost/test",
    REDIS_URL: "redis://localhost",
    JWT_SECRET: SECRET,
    ...env,
  });
const config = configOf();
const readAccessToken = createAccessTokenReader(config);
const now = new Date("2026-11-21T12:00:00.700Z");
const session = {
  userId: "01a1ffca-a817-751a-8420-6b7e3907cbfe",
  sessionId: "01a1ffca-a817-751a-8420-6b7e3907cbff",
  now,
};
const after = (ms: number) => new Date(now.getTime() + ms);

test("what was written can be read until it expires, in whole seconds", async () => {
  const { token, expiresAt } = await createAccessToken(config, session);
  expect(expiresAt).toEqual(new Date("2026-11-21T12:15:00.000Z"));
  const { userId, sessionId } = session;
  expect(await readAccessToken(token, after(0))).toEqual({ userId, sessionId, expiresAt });
  expect(await readAccessToken(token, new Date(expiresAt.getTime() - 1))).not.toBeNull();
  expect(await readAccessToken(token, expiresAt)).toBeNull();
});

test("its life is the setting's", async () => {
  const { expiresAt } = await createAccessToken(configOf({ ACCESS_TOKEN_TTL: "1h" }), session);
  expect(expiresAt).toEqual(new Date("2026-11-21T13:00:00.000Z"));
});

test("a token that is known is known no longer than it lasts, and makes no other known", async () => {
  const read = createAccessTokenReader(config);
  const { token, expiresAt } = await createAccessToken(config, session);
  const other = await createAccessToken(config, { ...session, userId: session.sessionId });
  const [header, claims] = token.split(".");
  for (const at of [after(0), after(1_000)]) expect(await read(token, at)).toMatchObject({ userId: session.userId });
  expect(await read(`${header}.${claims}.${other.token.split(".")[2]}`, now)).toBeNull();
  expect(await read(other.token, now)).toMatchObject({ userId: session.sessionId });
  expect(await read(token, expiresAt)).toBeNull();
  expect(await read(token, after(0))).not.toBeNull();
});

test("it says nothing of a person but the id", async () => {
  const { token } = await createAccessToken(config, session);
  expect(Object.keys(decodeJwt(token)).toSorted((a, b) => a.localeCompare(b))).toEqual([
    "aud",
    "exp",
    "iat",
    "iss",
    "sid",
    "sub",
  ]);
  expect(decodeProtectedHeader(token).alg).toBe("HS256");
});

test("another server cannot read it, nor can a changed one be read", async () => {
  const { token } = await createAccessToken(config, session);
  expect(await createAccessTokenReader(configOf({ JWT_SECRET: `${SECRET}!` }))(token, now)).toBeNull();
  for (const changed of [token.slice(0, -1), `${token}A`, token.replace(".", ".A"), "", "a.b.c"]) {
    expect(await readAccessToken(changed, now)).toBeNull();
  }
});
