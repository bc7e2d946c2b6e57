import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { GetUsage, SendOtp, VerifyOtp } from "../../_support/documents.ts";
import { newPhone } from "../../_support/phones.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let nobody: TestClient;
/** Of the second API. */
let second: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2, workers: 0 });
  nobody = colloquy.client();
  second = colloquy.client(colloquy.apis[1]);
});
afterAll(() => colloquy.close());

const sendOtp = (phone: string, client = nobody) => client.ask(SendOtp, { input: { phone, purpose: "SIGN_IN" } });

const verifyOtp = (phone: string, code: string, more: { name?: string } = {}, client = nobody) =>
  client.ask(VerifyOtp, { input: { phone, code, ...more } });

async function codeFor(phone: string): Promise<string> {
  const { data } = await sendOtp(phone);
  return data?.sendOtp.code ?? expect.fail("no code came back");
}

/** A number's next code, as if it had asked for the last one long ago. */
async function nextCodeFor(phone: string): Promise<string> {
  await colloquy.db.otpCode.updateMany({ where: { phone }, data: { sentAt: new Date(Date.now() - 31_000) } });
  return codeFor(phone);
}

const codesOf = ({ errors }: { errors: readonly { extensions: Record<string, unknown> }[] }) =>
  errors.map(({ extensions }) => extensions["code"]);

/** Six digits that are not these, another one for each number up to 999,998. */
const wrong = (code: string, by = 1) => String((Number(code) + by) % 1_000_000).padStart(6, "0");

const codeRow = (phone: string) =>
  colloquy.db.otpCode.findUniqueOrThrow({ where: { phone_purpose: { phone, purpose: "SIGN_IN" } } });

/** @returns how often a column was written since: what the last value alone does not tell. */
async function countUpdates(table: string, column: string): Promise<() => Promise<number>> {
  const { db } = colloquy;
  await db.$executeRawUnsafe(`CREATE TABLE "Updates" ()`);
  await db.$executeRawUnsafe(`CREATE FUNCTION "note"() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO "Updates" DEFAULT VALUES; RETURN NULL; END'`);
  await db.$executeRawUnsafe(`CREATE TRIGGER "note" AFTER UPDATE OF "${column}" ON "${table}"
    FOR EACH ROW EXECUTE FUNCTION "note"()`);
  return async () => {
    const [counted] = await db.$queryRaw<{ updates: bigint }[]>`SELECT count(*) AS updates FROM "Updates"`;
    await db.$executeRawUnsafe(`DROP TRIGGER "note" ON "${table}"`);
    return Number(counted?.updates);
  };
}

describe("signing in", () => {
  test("creates the user the first time, with a name, and finds them the second time", async () => {
    const phone = newPhone();
    const first = await verifyOtp(phone, await codeFor(phone), { name: "  Ada " });
    expect(first.data?.verifyOtp.user).toMatchObject({ phone, name: "Ada" });
    const again = await verifyOtp(phone, await nextCodeFor(phone), { name: "Grace" });
    expect(again.data?.verifyOtp.user).toEqual(first.data?.verifyOtp.user);
    expect(again.data?.verifyOtp.session.id).not.toBe(first.data?.verifyOtp.session.id);
    expect(await colloquy.db.user.count({ where: { phone } })).toBe(1);
  });

  test("takes a name at the first sign-in only", async () => {
    const phone = newPhone();
    expect((await verifyOtp(phone, await codeFor(phone))).data?.verifyOtp.user.name).toBeNull();
    const again = await verifyOtp(phone, await nextCodeFor(phone), { name: "Late" });
    expect(again.data?.verifyOtp.user.name).toBeNull();
  });

  test("gives tokens that work, and stores neither them nor the code", async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    const row = await codeRow(phone);
    const { data } = await verifyOtp(phone, code);
    const { accessToken, refreshToken, session } = data!.verifyOtp;
    const client = colloquy.client();
    client.useToken(accessToken);
    expect((await client.request(GetUsage)).me?.id).toBe(data?.verifyOtp.user.id);

    const stored = JSON.stringify([row, await colloquy.db.session.findUniqueOrThrow({ where: { id: session.id } })]);
    expect(stored).toContain(phone);
    for (const secret of [`"${code}"`, accessToken, refreshToken]) expect(stored).not.toContain(secret);
    expect(row.codeHash).toMatch(/^[\w-]{43}$/);
  });

  test("gives one user to a number however it is written", async () => {
    const phone = newPhone();
    const spaced = `${phone.slice(0, 2)} (${phone.slice(2, 5)}) ${phone.slice(5, 8)}-${phone.slice(8)}`;
    const first = await verifyOtp(spaced, await codeFor(phone));
    const again = await verifyOtp(phone, await nextCodeFor(phone));
    expect(first.data?.verifyOtp.user.phone).toBe(phone);
    expect(again.data?.verifyOtp.user.id).toBe(first.data?.verifyOtp.user.id);
    expect(codesOf(await sendOtp(spaced))).toEqual(["RATE_LIMITED"]);
  });

  test("does not say whether a number is known", async () => {
    const [known, unknown] = [newPhone(), newPhone()];
    await verifyOtp(known, await codeFor(known));
    await colloquy.db.otpCode.deleteMany({ where: { phone: known } });
    const shape = async (phone: string) => {
      const answers = [await verifyOtp(phone, "000000"), await sendOtp(phone), await sendOtp(phone)];
      const code = answers[1]?.data && "sendOtp" in answers[1].data ? answers[1].data.sendOtp.code : null;
      answers.push(await verifyOtp(phone, wrong(code ?? expect.fail("no code"))));
      return answers.map(({ status, data, errors }) => ({
        status,
        fields: Object.values(data ?? {}).map((fields) => Object.keys(fields as object)),
        errors: errors.map(({ message, extensions }) => [message, { ...extensions, retryAfter: null }]),
      }));
    };
    const answers = await shape(known);
    expect(answers).toEqual(await shape(unknown));
    expect(answers.map(({ errors }) => errors.length)).toEqual([1, 0, 1, 1]);
  });
});

describe("a code", () => {
  test("works once", async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    expect((await verifyOtp(phone, code)).errors).toEqual([]);
    expect(codesOf(await verifyOtp(phone, code))).toEqual(["OTP_INVALID"]);
  });

  test("works once also when it is used from many connections to two APIs in the same instant", async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => verifyOtp(phone, code, {}, i % 2 ? nobody : second)),
    );
    expect(answers.filter(({ data }) => data?.verifyOtp)).toHaveLength(1);
    expect(new Set(answers.flatMap(codesOf))).toEqual(new Set(["OTP_INVALID"]));
    expect(await colloquy.db.session.count({ where: { user: { phone } } })).toBe(1);
  });

  test("is void when a new one is sent", async () => {
    const phone = newPhone();
    const old = await codeFor(phone);
    const fresh = await nextCodeFor(phone);
    expect(codesOf(await verifyOtp(phone, old))).toEqual(["OTP_INVALID"]);
    expect((await verifyOtp(phone, fresh)).errors).toEqual([]);
  });

  test("survives four wrong tries", async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    for (let by = 1; by <= 4; by += 1) await verifyOtp(phone, wrong(code, by));
    expect((await verifyOtp(phone, code)).errors).toEqual([]);
  });

  test("dies of the fifth, and nothing says so but OTP_INVALID", async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    for (let by = 1; by <= 5; by += 1)
      expect(codesOf(await verifyOtp(phone, wrong(code, by)))).toEqual(["OTP_INVALID"]);
    expect(codesOf(await verifyOtp(phone, code))).toEqual(["OTP_INVALID"]);
    expect((await verifyOtp(phone, await nextCodeFor(phone))).errors).toEqual([]);
  });

  test("is looked at no more than five times by 200 guesses in the same instant", async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    const looks = await countUpdates("OtpCode", "tries");
    const guesses = Array.from({ length: 200 }, (_, i) =>
      verifyOtp(phone, wrong(code, i + 1), {}, i % 2 ? nobody : second),
    );
    expect(new Set((await Promise.all(guesses)).flatMap(codesOf))).toEqual(new Set(["OTP_INVALID"]));
    expect(await looks()).toBe(5);
    expect((await codeRow(phone)).tries).toBe(5);
    expect(codesOf(await verifyOtp(phone, code))).toEqual(["OTP_INVALID"]);
  });

  test("expires", async () => {
    const phone = newPhone();
    const { data } = await sendOtp(phone);
    const left = Date.parse(String(data?.sendOtp.expiresAt)) - Date.now();
    expect(left).toBeGreaterThan(4 * 60_000);
    expect(left).toBeLessThanOrEqual(5 * 60_000);
    await colloquy.db.otpCode.updateMany({ where: { phone }, data: { expiresAt: new Date(Date.now() - 1) } });
    const code = data?.sendOtp.code ?? "";
    expect(codesOf(await verifyOtp(phone, code))).toEqual(["OTP_EXPIRED"]);
    // Who does not know it learns nothing of it.
    expect(codesOf(await verifyOtp(phone, wrong(code)))).toEqual(["OTP_INVALID"]);
  });

  test("for resetting a password signs nobody in", async () => {
    const phone = newPhone();
    const { data } = await nobody.ask(SendOtp, { input: { phone, purpose: "RESET_PASSWORD" } });
    expect(codesOf(await verifyOtp(phone, data?.sendOtp.code ?? ""))).toEqual(["OTP_INVALID"]);
  });

  test("cannot be asked for again within 30 seconds, also not many times at once", async () => {
    const phone = newPhone();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => sendOtp(phone, i % 2 ? nobody : second)));
    const sent = answers.find(({ data }) => data?.sendOtp);
    const refused = answers.filter((answer) => answer !== sent);
    expect(refused.flatMap(codesOf)).toEqual(Array.from({ length: 9 }, () => "RATE_LIMITED"));
    for (const { errors } of refused) {
      expect(errors[0]?.extensions["retryAfter"]).toBeGreaterThan(25);
      expect(errors[0]?.extensions["retryAfter"]).toBeLessThanOrEqual(30);
    }
    expect((await verifyOtp(phone, sent?.data?.sendOtp.code ?? "")).errors).toEqual([]);

    await colloquy.db.otpCode.updateMany({ where: { phone }, data: { sentAt: new Date(Date.now() - 29_000) } });
    expect((await sendOtp(phone)).errors[0]?.extensions).toMatchObject({ code: "RATE_LIMITED", retryAfter: 1 });
    expect(await nextCodeFor(phone)).toMatch(/^\d{6}$/);
  });
});

describe("a code is taken as people write it", () => {
  const inDigitsFrom = (zero: number) => (code: string) =>
    code.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

  test.each<[string, (code: string) => string]>([
    ["Arabic-Indic digits", inDigitsFrom(0x660)],
    ["Devanagari digits", inDigitsFrom(0x966)],
    ["fullwidth digits", inDigitsFrom(0xff10)],
    ["mathematical digits", inDigitsFrom(0x1d7ce)],
    ["a blank in the middle", (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ["a hyphen", (code) => `${code.slice(0, 3)}-${code.slice(3)}`],
    [
      "a blank of no width, a dash and a line's end",
      (code) => `\u200F${code.slice(0, 3)}\u2013${code.slice(3)}\u00A0\n`,
    ],
    ["a blank after each digit", (code) => `${code.split("").join(" ")} `],
  ])("with %s", async (_, write) => {
    const phone = newPhone();
    expect((await verifyOtp(phone, write(await codeFor(phone)))).data?.verifyOtp.user.phone).toBe(phone);
  });
});

describe("what is not a phone number, a code or a name", () => {
  const phone = newPhone();

  test.each([
    ["phone", "nothing", { phone: "", code: "123456" }],
    ["phone", "words", { phone: "call me", code: "123456" }],
    ["phone", "a number without its country", { phone: "212 555 0143", code: "123456" }],
    ["phone", "too few digits", { phone: "+1 212 555", code: "123456" }],
    ["phone", "too many digits", { phone: "+121255501430000000", code: "123456" }],
    ["phone", "a long text", { phone: `+1212555${" ".repeat(1_000)}0143`, code: "123456" }],
    ["phone", "words around a number", { phone: `call me: ${phone}`, code: "123456" }],
    ["phone", "an extension", { phone: `${phone} ext. 5`, code: "123456" }],
    ["phone", "a zero byte", { phone: `${phone}\0`, code: "123456" }],
    ["code", "nothing", { phone, code: "" }],
    ["code", "five digits", { phone, code: "12345" }],
    ["code", "seven digits", { phone, code: "1234567" }],
    ["code", "letters", { phone, code: "12345a" }],
    ["phone", "a premium-rate number", { phone: "+19005550123", code: "123456" }],
    ["phone", "a satellite's number", { phone: "+881612345678", code: "123456" }],
    ["code", "digits with a dot", { phone, code: "123.456" }],
    ["code", "numbers that are no decimal digits", { phone, code: "①②③④⑤⑥" }],
    ["code", "a long text", { phone, code: `123${" ".repeat(100)}456` }],
    ["name", "nothing", { phone, code: "123456", name: "" }],
    ["name", "blanks", { phone, code: "123456", name: "   " }],
    ["name", "a text too long", { phone, code: "123456", name: "x".repeat(101) }],
    ["name", "a zero byte", { phone, code: "123456", name: "A\0da" }],
  ])("is refused by name: %s, %s", async (field, _, input) => {
    const { errors } = await nobody.ask(VerifyOtp, { input });
    expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
    if (field !== "phone") return;
    expect((await sendOtp(input.phone)).errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
  });

  test("is not counted as a try", async () => {
    const number = newPhone();
    const code = await codeFor(number);
    for (let i = 0; i < 6; i += 1) await verifyOtp(number, code.slice(1));
    expect((await verifyOtp(number, code)).errors).toEqual([]);
  });
});

describe("OTP_DELIVERY=log", () => {
  test("keeps the code from the answer, and shows it in the log alone", async () => {
    const api = await colloquy.startApi({ OTP_DELIVERY: "log" });
    const phone = newPhone();
    const { data } = await sendOtp(phone, colloquy.client(api));
    expect(data?.sendOtp.code).toBeNull();
    const line = await api.whenLogged((each) => each["phone"] === phone);
    expect((await verifyOtp(phone, String(line["otp"]))).data?.verifyOtp.user.phone).toBe(phone);
  });
});
