import { subtle } from "node:crypto";
import { jwtVerify } from "jose";

/** What the yardsticks check of a token, as Colloquy does. @returns a function that tells the session to look up */
export function createTokenCheck(secret: string): (authorization: string | null | undefined) => Promise<string> {
  const imported = subtle.importKey("raw", Buffer.from(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const options = { issuer: "colloquy", audience: "colloquy-api", algorithms: ["HS256"] };
  return async (authorization) => {
    const { payload } = await jwtVerify(authorization?.slice("Bearer ".length) ?? "", await imported, options);
    if (typeof payload["sid"] !== "string") throw new Error("a token without a session");
    return payload["sid"];
  };
}
