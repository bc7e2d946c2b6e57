import { createSecretKey } from "node:crypto";
import { jwtVerify } from "jose";

/** What the yardsticks check of a token: signature, issuer, audience and age. Colloquy asks for the session as well. */
export function createTokenCheck(secret: string): (authorization: string | undefined) => Promise<string> {
  const key = createSecretKey(secret, "utf8");
  const options = { issuer: "colloquy", audience: "colloquy-api", algorithms: ["HS256"] };
  return async (authorization = "") => {
    const { payload } = await jwtVerify(authorization.slice("Bearer ".length), key, options);
    if (!payload.sub) throw new Error("a token of nobody");
    return payload.sub;
  };
}
