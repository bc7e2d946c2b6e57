import { createSecretKey } from "node:crypto";
import { jwtVerify } from "jose";

/** What the yardsticks check of a token, as Colloquy does. @returns a function that tells the session to look up */
export function createTokenCheck(secret: string): (authorization: string | null | undefined) => Promise<string> {
  const key = createSecretKey(secret, "utf8");
  const options = { issuer: "colloquy", audience: "colloquy-api", algorithms: ["HS256"] };
  return async (authorization) => {
    const { payload } = await jwtVerify(authorization?.slice("Bearer ".length) ?? "", key, options);
    if (typeof payload["sid"] !== "string") throw new Error("a token without a session");
    return payload["sid"];
  };
}
