import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFictionalPhone } from "../../tools/demo/phone.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { ask, post } from "../_support/post.ts";
import type { TestProcess } from "../_support/processes.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let origin: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  origin = originOf(colloquy.apis[0]);
});
afterAll(() => colloquy?.close());

const originOf = (api: TestProcess | undefined) => `http://127.0.0.1:${api?.port}`;

/** A POST as the page sends it. */
const call = (name: string, input: object = {}, headers: Record<string, string> = {}, at = origin) =>
  post(`${at}/session/${name}`, input, { origin: at, "sec-fetch-site": "same-origin", ...headers });

/** `name=value` of the cookie that an answer sets. */
const cookieOf = ({ headers }: { headers: Headers }) => headers.getSetCookie()[0]?.split(";")[0] ?? "";

async function signIn(phone = createFictionalPhone()) {
  const sent = await post(`${origin}/graphql`, {
    query: `mutation ($phone: String!) { sendOtp(input: { phone: $phone }) { code } }`,
    variables: { phone },
  });
  const { code } = (sent.data?.["sendOtp"] ?? {}) as { code?: string };
  const answer = await call("verify-otp", { phone, code, name: "Ada" });
  const { accessToken } = answer.data as { accessToken: string };
  return { phone, answer, accessToken, cookie: cookieOf(answer) };
}

const me = async (token: string) =>
  (await post(`${origin}/graphql`, { query: "{ me { id name } }" }, { authorization: `Bearer ${token}` })).data?.["me"];

describe("a session in a cookie", () => {
  it("begins with a code, and tells the page all but the refresh token", async () => {
    const { answer, accessToken } = await signIn();
    expect(answer.data).toEqual({
      accessToken: expect.any(String) as string,
      expiresIn: expect.any(Number) as number,
      sessionId: expect.any(String) as string,
      userId: expect.any(String) as string,
    });
    const { expiresIn } = answer.data as { expiresIn: number };
    expect(expiresIn).toBeGreaterThan(880_000);
    expect(expiresIn).toBeLessThanOrEqual(900_000);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^colloquy-session=[\w-]{22}\.[\w-]{43}; Max-Age=2592000; HttpOnly; SameSite=Strict$/),
    ]);
    expect(answer.text).not.toContain(cookieOf(answer).split("=")[1]);
    expect(await me(accessToken)).toMatchObject({ name: "Ada" });
  });

  it("is refreshed by the cookie alone, which is another one afterwards", async () => {
    const { cookie, accessToken } = await signIn();
    const renewed = await call("refresh", {}, { cookie: `other=1; ${cookie}` });
    const next = renewed.data as { accessToken: string };
    expect(cookieOf(renewed)).not.toBe(cookie);
    expect(await me(next.accessToken)).toEqual(await me(accessToken));
  });

  it("ends for both when a spent cookie comes from elsewhere, and clears it", async () => {
    const { cookie } = await signIn();
    const renewed = await call("refresh", {}, { cookie });
    const stolen = await call("refresh", {}, { cookie, "user-agent": "a thief's" });
    expect([stolen.status, stolen.data]).toEqual([200, null]);
    expect(stolen.headers.getSetCookie()[0]).toMatch(/^colloquy-session=; Max-Age=0; HttpOnly; SameSite=Strict$/);
    expect((await call("refresh", {}, { cookie: cookieOf(renewed) })).data).toBeNull();
  });

  it("ends by signing out, also without an access token", async () => {
    const { cookie, accessToken } = await signIn();
    const out = await call("sign-out", {}, { cookie });
    expect([out.data, cookieOf(out)]).toEqual([null, "colloquy-session="]);
    expect(await me(accessToken)).toBeNull();
    expect((await call("refresh", {}, { cookie })).data).toBeNull();
    expect((await call("sign-out")).data).toBeNull();
  });

  it("begins with a password, and refuses a wrong one in the API's words", async () => {
    const { phone, accessToken } = await signIn();
    const set = await post(
      `${origin}/graphql`,
      { query: `mutation { changePassword(input: { newPassword: "correct horse battery" }) }` },
      { authorization: `Bearer ${accessToken}` },
    );
    expect(set.data).toEqual({ changePassword: true });
    const opened = await call("sign-in", { phone, password: "correct horse battery" });
    expect(await me((opened.data as { accessToken: string }).accessToken)).toMatchObject({ name: "Ada" });
    const wrong = await call("sign-in", { phone, password: "wrong" });
    expect([wrong.status, wrong.codes, wrong.headers.getSetCookie()]).toEqual([200, ["CREDENTIALS_INVALID"], []]);
  });

  it("is nobody's without a cookie, and nothing is set then", async () => {
    const nobody = await call("refresh");
    expect([nobody.status, nobody.data, nobody.headers.getSetCookie()]).toEqual([200, null, []]);
    expect((await call("refresh", {}, { cookie: "colloquy-session=x" })).data).toBeNull();
  });
});

describe("nobody but a page of the own origin", () => {
  it.each([
    ["a program", { origin: "" }],
    ["another site's page", { origin: "https://evil.example" }],
    ["a page of this machine, which CORS allows in development", { origin: "http://localhost:5173" }],
    ["a page whose browser says that it is from elsewhere", { "sec-fetch-site": "same-site" }],
    ["a page without an origin", { origin: "null" }],
  ])("gets anything: %s", async (_, headers) => {
    const { cookie } = await signIn();
    const refused = await call("refresh", {}, { cookie, ...headers });
    expect([refused.status, refused.codes, refused.headers.getSetCookie()]).toEqual([403, ["FORBIDDEN"], []]);
    expect(refused.headers.get("access-control-allow-credentials")).toBeNull();
    expect((await call("refresh", {}, { cookie })).data).not.toBeNull();
  });

  it("gets anything by a form, or with a body that is none", async () => {
    const { cookie } = await signIn();
    for (const [type, body] of [
      ["text/plain", "{}"],
      ["application/x-www-form-urlencoded", "a=b"],
      ["application/json", "{"],
      ["application/json", `"${"x".repeat(17_000)}"`],
    ] as const) {
      const refused = await ask(`${origin}/session/refresh`, {
        method: "POST",
        headers: { origin, cookie, "content-type": type },
        body,
      });
      expect([refused.codes, refused.headers.getSetCookie()]).toEqual([["BAD_USER_INPUT"], []]);
    }
    expect((await call("elsewhere")).codes).toEqual(["NOT_FOUND"]);
    expect((await call("toString")).codes).toEqual(["NOT_FOUND"]);
    expect((await ask(`${origin}/session/refresh`)).status).toBe(404);
  });

  it("is asked where the page is off", async () => {
    const api = await colloquy.startApi({ WEB: "false" });
    expect((await call("refresh", {}, {}, originOf(api))).status).toBe(404);
  });

  it("keeps the cookie for https alone where people use https", async () => {
    const api = await colloquy.startApi({ APP_URL: "https://chat.example" });
    const at = originOf(api);
    const out = await call("sign-out", {}, { origin: "https://chat.example" }, at);
    expect(out.headers.getSetCookie()).toEqual([
      "__Secure-colloquy-session=; Max-Age=0; HttpOnly; SameSite=Strict; Secure",
    ]);
  });
});
