import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RefreshSession } from "../../_support/account-documents.ts";
import { codesOf, openDevice } from "../../_support/accounts.ts";
import type { ResultOf } from "../../_support/client-types.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { SendOtp, VerifyOtp } from "../../_support/documents.ts";
import { forgetCounts } from "../../_support/limits.ts";
import { newPhone } from "../../_support/phones.ts";
import { post } from "../../_support/post.ts";
import { postFrom } from "../../_support/post-from.ts";
import type { TestProcess } from "../../_support/processes.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let nextAddress = 0;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
});
afterAll(() => colloquy.close());

/** An address that nobody has come from; 127.0.0.1 is that of all clients. */
const newAddress = () => `127.0.7.${(nextAddress += 1)}`;

/** Makes a number's last code one that was sent long ago. */
const age = (phone: string) => colloquy.db.otpCode.updateMany({ where: { phone }, data: { sentAt: new Date(0) } });

/** What somebody who asks for a code from an address is told. */
async function sendFrom(address: string, phone: string, api: TestProcess = colloquy.apis[0]!): Promise<unknown> {
  await age(phone);
  const input = { phone, purpose: "SIGN_IN" };
  const { codes, retryAfter } = await postFrom(address, colloquy.client(api).url, SendOtp.toString(), { input });
  if (codes[0] === "RATE_LIMITED") expect(retryAfter).toSatisfy((wait: number) => wait > 3_000 && wait <= 3_600);
  return codes[0] ?? "sent";
}

async function sendTimes(times: number, address: string, phone: (n: number) => string): Promise<unknown[]> {
  const said: unknown[] = [];
  for (let n = 0; n < times; n += 1) said.push(await sendFrom(address, phone(n)));
  return said;
}

const count = (said: readonly unknown[], wanted: unknown) => said.filter((each) => each === wanted).length;

describe("a stranger at one address", () => {
  test("uses up nobody's number, but what his address has of it", async () => {
    const phone = newPhone();
    const stranger = newAddress();
    expect(count(await sendTimes(12, stranger, () => phone), "sent")).toBe(10);
    expect(await sendFrom(newAddress(), phone)).toBe("sent");
    expect(await sendFrom(stranger, newPhone())).toBe("sent");
  });

  test("uses up no range of numbers", async () => {
    const range = newPhone().slice(0, -4);
    const stranger = newAddress();
    expect(count(await sendTimes(33, stranger, (n) => `${range}${3_000 + n}`), "sent")).toBe(30);
    expect(await sendFrom(stranger, `${range}4000`)).toBe("RATE_LIMITED");
    expect(await sendFrom(newAddress(), `${range}4000`)).toBe("sent");
  });
});

describe("strangers at many addresses", () => {
  test("use up a number, but not where its account has been before", async () => {
    const { phone } = await openDevice(colloquy);
    // The device itself had the first.
    for (let n = 0; n < 3; n += 1) await sendTimes(10, newAddress(), () => phone);
    expect(await sendFrom(newAddress(), phone)).toBe("RATE_LIMITED");
    expect(await sendFrom("127.0.0.1", phone)).toBe("sent");

    const nobodys = newPhone();
    for (let n = 0; n < 3; n += 1) await sendTimes(10, newAddress(), () => nobodys);
    expect(await sendFrom("127.0.0.1", nobodys)).toBe("RATE_LIMITED");
  });

  test("nor where it has been and signed out, long after the session is forgotten", async () => {
    const { phone, tokens } = await openDevice(colloquy);
    await colloquy.db.session.delete({ where: { id: tokens.session.id } });
    for (let n = 0; n < 3; n += 1) await sendTimes(10, newAddress(), () => phone);
    expect(await sendFrom(newAddress(), phone)).toBe("RATE_LIMITED");
    expect(await sendFrom("127.0.0.1", phone)).toBe("sent");
  });

  test("an account's own network has an end to its codes as well", async () => {
    const { phone } = await openDevice(colloquy);
    expect(count(await sendTimes(12, "127.0.0.1", () => phone), "sent")).toBe(9);
  });
});

test("a network of IPv6 is known by its first half, and so is the device that refreshes there", async () => {
  const api = await colloquy.startApi({ TRUST_PROXY: "127.0.0.0/8", OTP_PER_IP: "1" });
  const { url } = colloquy.client(api);
  const ask = (from: string, document: { toString(): string }, variables: unknown) =>
    post(url, { query: document.toString(), variables }, { "x-forwarded-for": from });
  const phone = newPhone();
  const sendOtp = async (from: string, to: string) => {
    await age(to);
    return ask(from, SendOtp, { input: { phone: to, purpose: "SIGN_IN" } });
  };
  const { sendOtp: sent } = (await sendOtp("2001:db8:5:6::1", phone)).data as ResultOf<typeof SendOtp>;
  const signedIn = await ask("2001:db8:5:6::1", VerifyOtp, { input: { phone, code: sent.code } });
  const { refreshToken } = (signedIn.data as ResultOf<typeof VerifyOtp>).verifyOtp;

  expect((await sendOtp("2001:db8:5:6:ffff::9", phone)).codes).toEqual([]);
  expect((await sendOtp("2001:db8:5:6:ffff::9", newPhone())).codes).toEqual(["RATE_LIMITED"]);
  const refresh = (from: string) => ask(from, RefreshSession, { refreshToken });
  expect((await refresh("2001:db8:5:6::1")).codes).toEqual([]);
  expect((await refresh("2001:db8:5:6:ffff::9")).codes).toEqual([]);
  expect((await refresh("2001:db8:5:7::1")).codes).toEqual(["UNAUTHENTICATED"]);
  await api.stop();
});

describe("what codes may cost in an hour", () => {
  const [german, french] = ["+49151123450", "+3361234560"];

  test("has a ceiling for each country, and one in all, over all processes", async () => {
    const { phone } = await openDevice(colloquy);
    const env = { OTP_PER_COUNTRY: "5", OTP_PER_HOUR: "8" };
    const apis = await Promise.all([colloquy.startApi(env), colloquy.startApi(env)]);
    // What this file has sent before counts as well.
    await forgetCounts(colloquy.redis.url, "otp-country", "otp-all");
    const send = (to: string, n: number) => sendFrom(newAddress(), to, apis[n % 2]);
    const germans = await Promise.all(Array.from({ length: 7 }, (_, n) => send(`${german}${n}0`, n)));
    expect([count(germans, "sent"), count(germans, "RATE_LIMITED")]).toEqual([5, 2]);
    const french4 = await Promise.all(Array.from({ length: 5 }, (_, n) => send(`${french}${n}`, n)));
    expect([count(french4, "sent"), count(french4, "RATE_LIMITED")]).toEqual([3, 2]);
    expect(await send(phone, 0)).toBe("RATE_LIMITED");
    expect(await sendFrom("127.0.0.1", phone, apis[1])).toBe("sent");
    await Promise.all(apis.map((api) => api.stop()));
  });

  test("is nothing outside of the countries that are served", async () => {
    const api = await colloquy.startApi({ OTP_COUNTRIES: "DE, US" });
    expect(await sendFrom(newAddress(), `${german}99`, api)).toBe("sent");
    expect(await sendFrom(newAddress(), newPhone(), api)).toBe("sent");
    for (const phone of [`${french}9`, "+16135550143"]) {
      const { errors } = await colloquy.client(api).ask(SendOtp, { input: { phone, purpose: "RESET_PASSWORD" } });
      expect(errors[0]?.message).toContain("country");
      expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "phone" });
      expect(await colloquy.db.otpCode.count({ where: { phone } })).toBe(0);
    }
    await api.stop();
  });
});

test("who guesses from an address keeps nobody out whose account knows it", async () => {
  const api = await colloquy.startApi({ OTP_PER_IP: "3" });
  const client = colloquy.client(api);
  const { phone } = await openDevice(colloquy);
  const other = newPhone();
  const codes = [];
  for (const number of [phone, other]) {
    await age(number);
    const { sendOtp } = await colloquy.client().request(SendOtp, { input: { phone: number, purpose: "SIGN_IN" } });
    codes.push(sendOtp.code ?? "");
  }
  for (let n = 0; n < 3; n += 1) {
    const guess = await client.ask(VerifyOtp, { input: { phone: newPhone(), code: "000000" } });
    expect(codesOf(guess)).toEqual(["OTP_INVALID"]);
  }
  const stranger = await client.ask(VerifyOtp, { input: { phone: other, code: codes[1]! } });
  expect(codesOf(stranger)).toEqual(["RATE_LIMITED"]);
  expect(codesOf(await client.ask(VerifyOtp, { input: { phone, code: codes[0]! } }))).toEqual([]);
});
