import { expect, test } from "vitest";
import { readConfig } from "../../config.ts";
import { createOtp, hashOtp } from "./otp-codes.ts";

const configOf = (secret: string) =>
  readConfig({ DATABASE_URL: "postgresql://localhost/test", REDIS_URL: "redis://localhost", JWT_SECRET: secret });
const config = configOf("a secret of the length that is asked for");
const OTP = { phone: "+12025550143", purpose: "SIGN_IN", code: "012345" } as const;

test("a code has six digits, and its first may be a zero", () => {
  const codes = Array.from({ length: 2_000 }, createOtp);
  for (const code of codes) expect(code).toMatch(/^\d{6}$/);
  // Each digit stands in each place in a tenth of them; none of 60 being below a thirtieth is as good as certain.
  for (let place = 0; place < 6; place += 1) {
    for (const digit of "0123456789") {
      expect(codes.filter((code) => code[place] === digit).length).toBeGreaterThan(2_000 / 30);
    }
  }
});

test("the same code has the same hash", () => {
  expect(hashOtp(config, { ...OTP })).toBe(hashOtp(config, OTP));
});

test.each([
  ["another code", config, { ...OTP, code: "012346" }],
  ["another number", config, { ...OTP, phone: "+12025550144" }],
  ["another purpose", config, { ...OTP, purpose: "RESET_PASSWORD" as const }],
  ["another server's secret", configOf("another secret of the length that is asked for"), OTP],
])("%s has another hash", (_, other, otp) => {
  expect(hashOtp(other, otp)).not.toBe(hashOtp(config, OTP));
});
