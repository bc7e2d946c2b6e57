import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDevice } from "../../_support/accounts.ts";
import type { TestClient } from "../../_support/client.ts";
import { SECRET, type Colloquy } from "../../_support/colloquy.ts";
import { SendOtp, VerifyOtp } from "../../_support/documents.ts";
import { newPhone } from "../../_support/phones.ts";
import { post } from "../../_support/post.ts";
import { sessionCalls } from "../../_support/session-calls.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

const NEW_SECRET = "what tokens of this file are signed with later on";
const MISSING = "01a1ffca-a817-751a-8420-6b7e3907cbfe";

let colloquy: Colloquy;
/** Of the second API, with the first one's secret. */
let second: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2, workers: 0 });
  second = colloquy.client(colloquy.apis[1]);
});
afterAll(() => colloquy.close());

describe("an access token", () => {
  let owner: TestClient;
  let sessionId: string;

  beforeAll(async () => {
    owner = await colloquy.signIn();
    sessionId = (await colloquy.db.session.findFirstOrThrow({ where: { userId: owner.userId() } })).id;
  });

  /** A token of our own making, right in all that is not said. */
  const sign = (claims: Record<string, unknown> = {}, secret = SECRET, alg = "HS256") =>
    new SignJWT({ ...good(), ...claims })
      .setProtectedHeader({ alg, kid: keyId() })
      .sign(new TextEncoder().encode(secret));
  const keyId = () => String(decodeProtectedHeader(owner.token()).kid);
  const now = () => Math.floor(Date.now() / 1000);
  const good = () => ({
    iss: "colloquy",
    aud: "colloquy-api",
    sub: owner.userId(),
    sid: sessionId,
    iat: now(),
    exp: now() + 60,
  });
  const use = async (authorization: string, client = owner) => {
    const headers = { authorization };
    const me = await post(client.url, { query: "{ me { id } }" }, headers);
    const room = await post(client.url, { query: "mutation { createChatroom { id } }" }, headers);
    return { me: (me.data?.["me"] as { id: string } | null)?.id, codes: room.codes };
  };
  const REFUSED = { me: undefined, codes: ["UNAUTHENTICATED"] };

  test("says who, in which session, until when, and no more", async () => {
    const phone = newPhone();
    const { sendOtp } = await owner.request(SendOtp, { input: { phone, purpose: "SIGN_IN" } });
    const { data } = await owner.ask(VerifyOtp, { input: { phone, code: sendOtp.code ?? "", name: "Ada" } });
    const { accessToken, accessTokenExpiresAt, session, user } = data!.verifyOtp;
    const claims = JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()) as {
      iat: number;
      exp: number;
    };
    expect(claims).toEqual({
      iss: "colloquy",
      aud: "colloquy-api",
      sub: user.id,
      sid: session.id,
      iat: claims.iat,
      exp: Date.parse(accessTokenExpiresAt) / 1000,
    });
    expect(claims.exp - claims.iat).toBe(15 * 60);
  });

  test("is taken by every API with the same secret", async () => {
    const bearer = `Bearer ${owner.token()}`;
    expect(await use(bearer, second)).toEqual({ me: owner.userId(), codes: [] });
    expect(await use(`bearer  ${await sign()}`)).toEqual({ me: owner.userId(), codes: [] });
  });

  test.each<[string, () => Promise<string> | string]>([
    ["of another issuer", () => sign({ iss: "somebody" })],
    ["without an issuer", () => sign({ iss: undefined })],
    ["for another audience", () => sign({ aud: "another-api" })],
    ["without an audience", () => sign({ aud: undefined })],
    ["signed with another secret", () => sign({}, `${SECRET}!`)],
    ["signed with another algorithm", () => sign({}, SECRET, "HS512")],
    ["that is not signed (alg none)", () => new UnsecuredJWT(good()).encode()],
    ["with its signature cut off", async () => (await sign()).replace(/[^.]+$/, "")],
    ["whose claims were changed", async () => swapClaims(await sign(), { ...good(), exp: now() + 3_600 })],
    ["that has expired", () => sign({ exp: now() - 1 })],
    ["that never expires", () => sign({ exp: undefined })],
    ["that is not valid yet", () => sign({ nbf: now() + 60 })],
    ["of a session there is not", () => sign({ sid: MISSING })],
    ["of somebody else's session", () => sign({ sub: MISSING })],
    ["whose session is no id", () => sign({ sid: "1' OR '1'='1" })],
    ["without a session", () => sign({ sid: undefined })],
    ["that is none", () => "nonsense"],
  ])("%s is refused", async (_, token) => {
    expect(await use(`Bearer ${await token()}`)).toEqual(REFUSED);
  });

  test.each([
    ["without its scheme", (token: string) => token],
    ["of another scheme", (token: string) => `Basic ${token}`],
    ["and one more", (token: string) => `Bearer ${token} ${token}`],
    ["that is missing", () => "Bearer"],
  ])("%s is refused", async (_, authorization) => {
    expect(await use(authorization(owner.token()))).toEqual(REFUSED);
  });

  test.each([
    ["was revoked", { revokedAt: new Date() }],
    ["has expired", { expiresAt: new Date(Date.now() - 1) }],
  ])("of a session that %s is refused at once, by every API", async (_, data) => {
    const client = await colloquy.signIn();
    const bearer = `Bearer ${client.token()}`;
    // Both know the token.
    for (const api of [owner, second]) expect((await use(bearer, api)).codes).toEqual([]);
    await colloquy.db.session.updateMany({ where: { userId: client.userId() }, data });
    expect(await use(bearer)).toEqual(REFUSED);
    expect(await use(bearer, second)).toEqual(REFUSED);
  });

  test("of a user who is gone is refused", async () => {
    const client = await colloquy.signIn();
    await colloquy.db.user.delete({ where: { id: client.userId() } });
    expect(await use(`Bearer ${client.token()}`)).toEqual(REFUSED);
  });

  function swapClaims(token: string, claims: object): string {
    const [header, , signature] = token.split(".");
    return `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
  }
});

describe("access tokens", () => {
  const { refreshed, tried } = sessionCalls(() => ({ colloquy, nobody: colloquy.client() }));

  test("are good for 15 minutes, and name their key, issuer and audience", async () => {
    const { tokens } = await openDevice(colloquy);
    const { alg, kid } = decodeProtectedHeader(tokens.accessToken);
    const { iss, aud, iat = 0, exp = 0 } = decodeJwt(tokens.accessToken);
    expect(kid).toMatch(/^[\w-]{8}$/);
    expect({ alg, iss, aud, lifetime: exp - iat }).toEqual({
      alg: "HS256",
      iss: "colloquy",
      aud: "colloquy-api",
      lifetime: 900,
    });
  });

  test.each([
    ["kid", { kid: "AAAAAAAA" }, {}],
    ["issuer", {}, { iss: "somebody" }],
    ["audience", {}, { aud: "something" }],
    ["signature", {}, {}, NEW_SECRET],
    ["age", {}, { exp: Math.floor(Date.now() / 1000) - 1 }],
  ])("are refused for their %s", async (_, header, claims, secret = SECRET) => {
    const { tokens } = await openDevice(colloquy);
    const forge = (more: Record<string, unknown>, otherClaims: Record<string, unknown>, key: string) =>
      new SignJWT({ ...decodeJwt(tokens.accessToken), ...otherClaims })
        .setProtectedHeader({ ...decodeProtectedHeader(tokens.accessToken), alg: "HS256", ...more })
        .sign(new TextEncoder().encode(key));
    expect(await tried(await forge({}, {}, SECRET))).toBe("fine");
    expect(await tried(await forge(header, claims, secret))).toBe("UNAUTHENTICATED");
  });

  test("outlive a change of the secret while both are listed, and not longer", async () => {
    const { tokens } = await openDevice(colloquy);
    const both = await colloquy.startApi({ JWT_SECRET: `${NEW_SECRET},${SECRET}` });
    const later = await colloquy.startApi({ JWT_SECRET: NEW_SECRET });
    const api = (process: typeof both) => colloquy.apis.indexOf(process);
    expect(await tried(tokens.accessToken, api(both))).toBe("fine");
    expect(await tried(tokens.accessToken, api(later))).toBe("UNAUTHENTICATED");

    const next = await refreshed(tokens.refreshToken, colloquy.client(both));
    expect(await tried(next.accessToken, api(both))).toBe("fine");
    expect(await tried(next.accessToken, api(later))).toBe("fine");
    expect(await tried(next.accessToken, 0)).toBe("UNAUTHENTICATED");
    await Promise.all([both.stop(), later.stop()]);
  });
});
