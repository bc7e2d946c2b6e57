import type { TestClient } from "./client.ts";
import type { ResultOf } from "./client-types.ts";
import type { Colloquy } from "./colloquy.ts";
import { SendOtp, VerifyOtp } from "./documents.ts";
import type { TestProcess } from "./processes.ts";
import { newPhone } from "./phones.ts";

/** A signed-in device: its client, and what it was given. */
export type DeviceOf = Readonly<{
  client: TestClient;
  phone: string;
  tokens: ResultOf<typeof VerifyOtp>["verifyOtp"];
}>;

/** Signs in with a code, from one device more when the number has been there before. */
export async function openDevice(colloquy: Colloquy, phone: string = newPhone(), api?: TestProcess): Promise<DeviceOf> {
  const client = colloquy.client(api);
  const code = await codeFor(colloquy, phone, "SIGN_IN");
  const { verifyOtp: tokens } = await client.request(VerifyOtp, { input: { phone, code } });
  client.useToken(tokens.accessToken);
  return { client, phone, tokens };
}

/** A new code for a number, however recently it got one. */
export async function codeFor(
  colloquy: Colloquy,
  phone: string,
  purpose: "SIGN_IN" | "RESET_PASSWORD",
): Promise<string> {
  await colloquy.db.otpCode.updateMany({ where: { phone, purpose }, data: { sentAt: new Date(0) } });
  const { sendOtp } = await colloquy.client().request(SendOtp, { input: { phone, purpose } });
  if (sendOtp.code === null || sendOtp.code === undefined) throw new Error("no code came back");
  return sendOtp.code;
}

/** The codes of an answer's errors. */
export const codesOf = (answer: { errors: readonly { extensions: Record<string, unknown> }[] }) =>
  answer.errors.map(({ extensions }) => extensions["code"]);
