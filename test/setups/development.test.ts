import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetUsage, SendOtp, VerifyOtp } from "../_support/documents.ts";
import { newPhone } from "../_support/phones.ts";

let colloquy: Colloquy;

beforeAll(async () => {
  const env = { NODE_ENV: "development", OTP_PER_IP: "", BASIC_DAILY_MESSAGES: "", OTP_DELIVERY: "" };
  colloquy = await startColloquy({ workers: 0, env });
});
afterAll(() => colloquy.close());

describe("in development", () => {
  test("a number may ask for codes again and again, and the newest one signs in to a generous day", async () => {
    const client = colloquy.client();
    const phone = newPhone();
    const codes: string[] = [];
    for (let ask = 0; ask < 12; ask += 1) {
      const { data } = await client.ask(SendOtp, { input: { phone, purpose: "SIGN_IN" } });
      codes.push(data?.sendOtp.code ?? expect.fail("no code came back"));
    }
    const { data } = await client.ask(VerifyOtp, { input: { phone, code: codes.at(-1) ?? "" } });
    expect(data?.verifyOtp.user.phone).toBe(phone);

    const alice = await colloquy.signIn();
    expect((await alice.request(GetUsage)).me?.usage.limit).toBe(1_000);
  });

  test("pages of this machine may call the API, and no others", async () => {
    const url = `http://127.0.0.1:${colloquy.apis[0]?.port}/graphql`;
    const granted = async (origin: string) => {
      const headers = {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      };
      const answer = await fetch(url, { method: "OPTIONS", headers });
      return answer.headers.get("access-control-allow-origin");
    };
    for (const origin of ["http://localhost:5173", "http://127.0.0.1:8080", "http://[::1]:3000"]) {
      expect(await granted(origin)).toBe(origin);
    }
    for (const origin of ["https://example.com", "null"]) expect(await granted(origin)).toBeNull();
  });
});
