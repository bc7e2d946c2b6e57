import { afterAll, beforeAll, expect, test } from "vitest";
import { ResetPassword, SignIn } from "../../_support/account-documents.ts";
import { codesOf, openDevice } from "../../_support/accounts.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp, type CountedApp } from "../../_support/counted-app.ts";
import { SendOtp, VerifyOtp } from "../../_support/documents.ts";
import { newPhone } from "../../_support/phones.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let app: CountedApp;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  app = await startCountedApp(colloquy.env);
});
afterAll(async () => {
  await app.close();
  await colloquy.close();
});

const NEW_PASSWORD = "four words, none alike";
const doors: Record<string, (phone: string, code: string) => Promise<unknown[]>> = {
  verifyOtp: async (phone, code) => codesOf(await app.client.ask(VerifyOtp, { input: { phone, code } })),
  resetPassword: async (phone, code) =>
    codesOf(await app.client.ask(ResetPassword, { input: { phone, code, newPassword: NEW_PASSWORD } })),
  signIn: async (phone) => codesOf(await app.client.ask(SignIn, { input: { phone, password: "not this one" } })),
};

/** All that is done for a wrong guess, with what goes on after the answer, and for the next request. */
async function workOf(door: string, phone: string): Promise<string[]> {
  const purpose = door === "resetPassword" ? "RESET_PASSWORD" : "SIGN_IN";
  const { sendOtp } = await app.client.request(SendOtp, { input: { phone, purpose } });
  const wrong = sendOtp.code === "000000" ? "000001" : "000000";
  return app.statementsOf(async () => {
    const said = await doors[door]!(phone, wrong);
    expect(said).toEqual([door === "signIn" ? "CREDENTIALS_INVALID" : "OTP_INVALID"]);
    await expect.poll(() => colloquy.db.failedSignIn.count({ where: { phone } })).toBe(1);
    await app.client.ask(SendOtp, { input: { phone, purpose } });
  });
}

test.each(Object.keys(doors))("a wrong guess at %s is the same work for a number that has an account", async (door) => {
  const { phone: known } = await openDevice(colloquy);
  await colloquy.db.otpCode.deleteMany({ where: { phone: known } });
  const work = await workOf(door, known);
  expect(work.some((statement) => statement.includes('"FailedSignIn"'))).toBe(true);
  expect(work).toEqual(await workOf(door, newPhone()));
});
