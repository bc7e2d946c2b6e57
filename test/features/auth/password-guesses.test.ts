import { expect, test } from "vitest";
import { codesOf, openDevice } from "../../_support/accounts.ts";
import { count, PASSWORD, setUpPasswords } from "../../_support/password-calls.ts";
import { newPhone } from "../../_support/phones.ts";

const scene = setUpPasswords();
const { signIn, signInFrom, openDeviceWithPassword } = scene;

const codeOf = ({ codes }: { codes: unknown[] }) => codes[0] ?? "fine";

test("answers alike for a wrong one, none, and a number that nobody has", async () => {
  const withPassword = await openDeviceWithPassword();
  const without = await openDevice(scene.colloquy);
  const phones = [withPassword.phone, without.phone, newPhone()];
  const answers = await Promise.all(phones.map((phone) => signIn(phone, "not this one")));
  const [first] = answers.map(({ errors, data }) => JSON.stringify({ errors, data }));
  expect(codesOf(answers[0]!)).toEqual(["CREDENTIALS_INVALID"]);
  for (const { errors, data } of answers) expect(JSON.stringify({ errors, data })).toBe(first);
});

test("50 wrong ones at once from many connections of one address are five, and lock out nobody else", async () => {
  const device = await openDeviceWithPassword();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => signInFrom("127.0.0.9", device.phone, `a guess ${i}`)),
  );
  const codes = answers.map(codeOf);
  expect([count(codes, "CREDENTIALS_INVALID"), count(codes, "RATE_LIMITED")]).toEqual([5, 45]);
  const refused = await signInFrom("127.0.0.9", device.phone, PASSWORD);
  expect(codeOf(refused)).toBe("RATE_LIMITED");
  expect(refused.retryAfter).toSatisfy((wait: number) => Number.isInteger(wait) && wait > 60 && wait <= 900);

  expect(codesOf(await signIn(device.phone, PASSWORD))).toEqual([]);
  expect(codeOf(await signInFrom("127.0.0.10", device.phone, PASSWORD))).toBe("fine");
  await openDevice(scene.colloquy, device.phone);
});

test("guesses from many addresses are slowed down together, but not where the person has been before", async () => {
  const device = await openDeviceWithPassword();
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => signInFrom(`127.0.1.${i + 1}`, device.phone, `a guess ${i}`)),
  );
  const codes = answers.map(codeOf);
  expect([count(codes, "CREDENTIALS_INVALID"), count(codes, "RATE_LIMITED")]).toEqual([10, 30]);
  for (const { retryAfter } of answers) expect(Number(retryAfter ?? 0)).toBeLessThanOrEqual(60);
  expect(codesOf(await signIn(device.phone, PASSWORD))).toEqual([]);
});

test("one address may be wrong 50 times, for all numbers together", async () => {
  const codes: unknown[] = [];
  for (let batch = 0; batch < 6; batch += 1) {
    const answers = Array.from({ length: 10 }, () => signInFrom("127.0.0.11", newPhone(), "a guess"));
    codes.push(...(await Promise.all(answers)).map(codeOf));
  }
  expect([count(codes, "CREDENTIALS_INVALID"), count(codes, "RATE_LIMITED")]).toEqual([50, 10]);
});

test("right ones are not counted", async () => {
  const device = await openDeviceWithPassword();
  for (let times = 0; times < 12; times += 1) {
    expect(codeOf(await signInFrom("127.0.0.12", device.phone, PASSWORD))).toBe("fine");
  }
});
