import type { Operation } from "../operation.ts";

export type Tokens = { accessToken: string; accessTokenExpiresAt: string; refreshToken: string };

export type SendCodeData = { sendOtp: { expiresAt: string; resendAt: string; code: string | null } };
export const SendCode: Operation<SendCodeData, { phone: string }> = /* GraphQL */ `
  mutation ChatSendCode($phone: String!) {
    sendOtp(input: { phone: $phone }) {
      expiresAt
      resendAt
      code
    }
  }
`;

export type EnterCodeVariables = { phone: string; code: string; name?: string | null };
export const EnterCode: Operation<{ verifyOtp: Tokens }, EnterCodeVariables> = /* GraphQL */ `
  mutation ChatEnterCode($phone: String!, $code: String!, $name: String) {
    verifyOtp(input: { phone: $phone, code: $code, name: $name }) {
      accessToken
      accessTokenExpiresAt
      refreshToken
    }
  }
`;

export type WithPasswordVariables = { phone: string; password: string };
export const WithPassword: Operation<{ signIn: Tokens }, WithPasswordVariables> = /* GraphQL */ `
  mutation ChatWithPassword($phone: String!, $password: String!) {
    signIn(input: { phone: $phone, password: $password }) {
      accessToken
      accessTokenExpiresAt
      refreshToken
    }
  }
`;

export const EndSession: Operation<{ signOut: boolean }, Record<string, never>> = /* GraphQL */ `
  mutation ChatEndSession {
    signOut
  }
`;
