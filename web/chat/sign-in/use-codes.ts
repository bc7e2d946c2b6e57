import { useMutation } from "@apollo/client/react";
import { SendOtpDocument, type OtpPurpose } from "../../generated/graphql/graphql.ts";

/** A code that is on its way. `code` is there in development only. */
export type SentCode = Readonly<{ code: string | null; resendAt: number }>;

/** @returns asks for a code. @throws what the API refuses */
export function useCodes(purpose: OtpPurpose): (phone: string) => Promise<SentCode> {
  const [sendOtp] = useMutation(SendOtpDocument);
  return async (phone) => {
    const { data } = await sendOtp({ variables: { input: { phone, purpose } } });
    if (!data) throw new TypeError("the answer has no data");
    return { code: data.sendOtp.code ?? null, resendAt: Date.parse(data.sendOtp.resendAt) };
  };
}
