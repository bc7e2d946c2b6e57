import { describe, expect, test } from "vitest";
import { ChangePassword, GetDevices, RefreshSession, ResetPassword } from "../../_support/account-documents.ts";
import { codeFor, codesOf, openDevice, type DeviceOf } from "../../_support/accounts.ts";
import { CreateChatroom, VerifyOtp } from "../../_support/documents.ts";
import { count, PASSWORD, setUpPasswords } from "../../_support/password-calls.ts";
import { newPhone } from "../../_support/phones.ts";

const OTHER = "some more of other words";

const scene = setUpPasswords();
const { change, signIn, openDeviceWithPassword } = scene;

const reset = (phone: string, code: string, newPassword: string) =>
  scene.nobody.ask(ResetPassword, { input: { phone, code, newPassword } });

/** What a device with this access token is told. */
async function tried(accessToken: string, api = 0): Promise<unknown> {
  const client = scene.colloquy.client(scene.colloquy.apis[api]);
  client.useToken(accessToken);
  return codesOf(await client.ask(CreateChatroom))[0] ?? "fine";
}

async function expectOver({ tokens }: DeviceOf): Promise<void> {
  expect(await tried(tokens.accessToken, 1)).toBe("UNAUTHENTICATED");
  expect(codesOf(await scene.nobody.ask(RefreshSession, { refreshToken: tokens.refreshToken }))).toEqual([
    "UNAUTHENTICATED",
  ]);
}

describe("a password", () => {
  test("signs in beside one-time passwords, on every process", async () => {
    const { phone, tokens } = await openDeviceWithPassword();
    const { data } = await signIn(phone, PASSWORD, scene.colloquy.client(scene.colloquy.apis[1]));
    expect(data?.signIn.user.id).toBe(tokens.user.id);
    expect(data?.signIn.session.id).not.toBe(tokens.session.id);
    expect(await tried(data?.signIn.accessToken ?? "")).toBe("fine");
    expect(await tried((await openDevice(scene.colloquy, phone)).tokens.accessToken)).toBe("fine");
  });

  test("is stored as argon2id with OWASP's parameters, salted", async () => {
    const devices = [await openDeviceWithPassword(), await openDeviceWithPassword()];
    const ids = devices.map(({ tokens }) => tokens.user.id);
    const rows = await scene.colloquy.db.user.findMany({ where: { id: { in: ids } } });
    for (const { passwordHash } of rows) expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(new Set(rows.map(({ passwordHash }) => passwordHash)).size).toBe(2);
    expect(JSON.stringify(await scene.colloquy.db.user.findMany())).not.toContain(PASSWORD);
  });

  test.each([
    ["7 characters", "x9#kQ2!"],
    ["129 characters", "ab1".repeat(43)],
    ["a common one", "password123"],
    ["a common one in capitals", "QwertyUIOP"],
    ["the service's name with a year", "Colloquy2026!"],
    ["one character over and over", "zzzzzzzzzzzz"],
  ])("is refused: %s", async (_, password) => {
    const device = await openDevice(scene.colloquy);
    const { errors } = await change(device, password);
    expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "newPassword" });
    const code = await codeFor(scene.colloquy, device.phone, "RESET_PASSWORD");
    expect(codesOf(await reset(device.phone, code, password))).toEqual(["BAD_USER_INPUT"]);
    // And has not cost the code.
    expect(codesOf(await reset(device.phone, code, PASSWORD))).toEqual([]);
  });

  test("is refused when it is the person's own number", async () => {
    const device = await openDevice(scene.colloquy);
    for (const own of [device.phone, device.phone.slice(1)]) {
      expect(codesOf(await change(device, own))).toEqual(["BAD_USER_INPUT"]);
    }
  });

  test.each([
    ["8 characters", "x9#kQ2!w"],
    ["128 characters", "ab1d".repeat(32)],
    ["8 characters that JavaScript counts as 16", "🦊🐢🦉🐙🦋🐝🐞🦀"],
    ["spaces and letters of all kinds", "  ещё одно слово  "],
  ])("is taken: %s", async (_, password) => {
    const device = await openDevice(scene.colloquy);
    expect(codesOf(await change(device, password))).toEqual([]);
    expect(codesOf(await signIn(device.phone, password))).toEqual([]);
    expect(codesOf(await signIn(device.phone, `${password} `))).toEqual(["CREDENTIALS_INVALID"]);
  });

  test("is the same however a keyboard composes its letters", async () => {
    const device = await openDevice(scene.colloquy);
    expect(codesOf(await change(device, "cr\u00e8me br\u00fbl\u00e9e"))).toEqual([]);
    expect(codesOf(await signIn(device.phone, "cre\u0300me bru\u0302le\u0301e"))).toEqual([]);
  });
});

describe("changing it", () => {
  test("needs the current one, and ends all other sessions", async () => {
    const device = await openDeviceWithPassword();
    const other = await openDevice(scene.colloquy, device.phone, scene.colloquy.apis[1]);
    const room = await other.client.createRoom();
    const watch = other.client.watchMessages(room);
    await scene.colloquy.whenSubscribed(`message:added:${room}`);

    const without = await change(device, OTHER);
    expect(without.errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "currentPassword" });
    expect(codesOf(await change(device, OTHER, "not this one"))).toEqual(["CREDENTIALS_INVALID"]);
    expect(await tried(other.tokens.accessToken)).toBe("fine");

    expect(codesOf(await change(device, OTHER, PASSWORD))).toEqual([]);
    await expect(watch.completed).rejects.toMatchObject({ cause: { code: 4403 } });
    await expectOver(other);
    expect(await tried(device.tokens.accessToken)).toBe("fine");
    const { me } = await device.client.request(GetDevices);
    expect(me?.sessions.map(({ id }) => id)).toEqual([device.tokens.session.id]);
    expect(codesOf(await signIn(device.phone, PASSWORD))).toEqual(["CREDENTIALS_INVALID"]);
    expect(codesOf(await signIn(device.phone, OTHER))).toEqual([]);
  });

  test("twice at the same moment is done once", async () => {
    const device = await openDeviceWithPassword();
    const answers = await Promise.all([1, 2, 3, 4].map((n) => change(device, `${OTHER} ${n}`, PASSWORD)));
    const won = answers.flatMap((answer, i) => (codesOf(answer).length === 0 ? [i + 1] : []));
    expect(won).toHaveLength(1);
    expect(codesOf(await signIn(device.phone, `${OTHER} ${won[0]}`))).toEqual([]);
  });

  test("leaves nobody inside who signed in with the old one at that very moment", async () => {
    const device = await openDeviceWithPassword();
    let [current, next] = [PASSWORD, OTHER];
    for (let times = 0; times < 5; times += 1) {
      const [changed, ...attempts] = await Promise.all([
        change(device, next, current),
        ...Array.from({ length: 3 }, () => signIn(device.phone, current)),
      ]);
      expect(codesOf(changed)).toEqual([]);
      for (const { data } of attempts) {
        if (data) expect(await tried(data.signIn.accessToken)).toBe("UNAUTHENTICATED");
      }
      [current, next] = [next, current];
    }
  });

  test("lets a thief of the session guess at the current one five times", async () => {
    const device = await openDeviceWithPassword();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => change(device, OTHER, `a guess ${i}`)));
    const codes = answers.map((answer) => codesOf(answer)[0]);
    expect([count(codes, "CREDENTIALS_INVALID"), count(codes, "RATE_LIMITED")]).toEqual([5, 15]);
  });
});

describe("the first one", () => {
  const signedInAgo = ({ tokens }: DeviceOf, ms: number) =>
    scene.colloquy.db.session.update({
      where: { id: tokens.session.id },
      data: { createdAt: new Date(Date.now() - ms) },
    });
  const first = ({ client }: DeviceOf, code: string, newPassword = PASSWORD) =>
    client.ask(ChangePassword, { input: { newPassword, code } });

  test("needs a code where the sign-in was longer ago than ten minutes", async () => {
    const device = await openDevice(scene.colloquy);
    await signedInAgo(device, 11 * 60_000);
    const { errors } = await change(device, PASSWORD);
    expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "code" });
    expect(codesOf(await change(device, PASSWORD, "never set"))).toEqual(["BAD_USER_INPUT"]);
    const forSignIn = await codeFor(scene.colloquy, device.phone, "SIGN_IN");
    const code = await codeFor(scene.colloquy, device.phone, "RESET_PASSWORD");
    if (forSignIn !== code) expect(codesOf(await first(device, forSignIn))).toEqual(["OTP_INVALID"]);
    expect(codesOf(await signIn(device.phone, PASSWORD))).toEqual(["CREDENTIALS_INVALID"]);
    // What will not do as a password costs no code.
    expect(codesOf(await first(device, code, "password123"))).toEqual(["BAD_USER_INPUT"]);
    expect(codesOf(await first(device, code))).toEqual([]);
    expect(codesOf(await signIn(device.phone, PASSWORD))).toEqual([]);
    expect(codesOf(await reset(device.phone, code, OTHER))).toEqual(["OTP_INVALID"]);
  });

  test("needs none within ten minutes, and a refresh does not make a sign-in fresh", async () => {
    const device = await openDevice(scene.colloquy);
    await signedInAgo(device, 11 * 60_000);
    await scene.nobody.request(RefreshSession, { refreshToken: device.tokens.refreshToken });
    expect(codesOf(await change(device, PASSWORD))).toEqual(["BAD_USER_INPUT"]);
    await signedInAgo(device, 9 * 60_000);
    expect(codesOf(await change(device, PASSWORD))).toEqual([]);
  });
});

describe("resetting it", () => {
  test("takes a code for that purpose, ends all sessions, and begins a new one", async () => {
    const device = await openDeviceWithPassword();
    const signInCode = await codeFor(scene.colloquy, device.phone, "SIGN_IN");
    expect(codesOf(await reset(device.phone, signInCode, OTHER))).toEqual(["OTP_INVALID"]);
    const code = await codeFor(scene.colloquy, device.phone, "RESET_PASSWORD");
    const asSignIn = await scene.nobody.ask(VerifyOtp, { input: { phone: device.phone, code } });
    if (code !== signInCode) expect(codesOf(asSignIn)).toEqual(["OTP_INVALID"]);

    const { data } = await reset(device.phone, code, OTHER);
    await expectOver(device);
    expect(data?.resetPassword.user.id).toBe(device.tokens.user.id);
    expect(await tried(data?.resetPassword.accessToken ?? "")).toBe("fine");
    expect(codesOf(await signIn(device.phone, PASSWORD))).toEqual(["CREDENTIALS_INVALID"]);
    expect(codesOf(await signIn(device.phone, OTHER))).toEqual([]);
  });

  test("with one code many times at once is done once", async () => {
    const { phone } = await openDeviceWithPassword();
    const code = await codeFor(scene.colloquy, phone, "RESET_PASSWORD");
    const answers = await Promise.all([1, 2, 3, 4].map((n) => reset(phone, code, `${OTHER} ${n}`)));
    const codes = answers.map((answer) => codesOf(answer)[0] ?? "fine");
    expect([count(codes, "fine"), count(codes, "OTP_INVALID")]).toEqual([1, 3]);
  });

  test("signs nobody up", async () => {
    const phone = newPhone();
    const code = await codeFor(scene.colloquy, phone, "RESET_PASSWORD");
    expect(codesOf(await reset(phone, code, OTHER))).toEqual(["NOT_FOUND"]);
    expect(await scene.colloquy.db.user.count({ where: { phone } })).toBe(0);
  });
});
