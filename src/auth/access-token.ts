import { createHash, createSecretKey } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Config } from "../config.ts";

/** What an access token says, once its signature, issuer, audience and age are checked. */
export type AccessClaims = Readonly<{ userId: string; sessionId: string; expiresAt: Date }>;

const ISSUER = "colloquy";
const AUDIENCE = "colloquy-api";
const Claims = z.object({ sub: z.uuid(), sid: z.uuid(), exp: z.int() });

/** A signed token (JWT, HS256) that lets its bearer act as the user until it expires. */
export async function createAccessToken(
  config: Config,
  session: { userId: string; sessionId: string; now: Date },
): Promise<{ token: string; expiresAt: Date }> {
  const { jwtSecret, accessTokenTtl } = config.auth;
  const seconds = Math.floor((session.now.getTime() + accessTokenTtl) / 1000);
  const token = await new SignJWT({ sid: session.sessionId })
    .setProtectedHeader({ alg: "HS256", typ: "JWT", kid: keyIdOf(jwtSecret) })
    .setSubject(session.userId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(Math.floor(session.now.getTime() / 1000))
    .setExpirationTime(seconds)
    .sign(keyOf(jwtSecret));
  return { token, expiresAt: new Date(seconds * 1000) };
}

/**
 * Takes what the present secret has signed, and the one before it, whichever the token's `kid` names.
 *
 * @returns null for a token that is not ours, is too old, or was tampered with
 */
export async function readAccessToken(config: Config, token: string, now: Date): Promise<AccessClaims | null> {
  const { jwtSecret, previousJwtSecret } = config.auth;
  const accepted = previousJwtSecret === undefined ? [jwtSecret] : [jwtSecret, previousJwtSecret];
  const findKey = ({ kid }: { kid?: string }) => {
    const secret = accepted.find((each) => keyIdOf(each) === kid);
    if (secret === undefined) throw new errors.JWKSNoMatchingKey();
    return keyOf(secret);
  };
  try {
    const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: ["HS256"], currentDate: now };
    const { payload } = await jwtVerify(token, findKey, options);
    const claims = Claims.parse(payload);
    return { userId: claims.sub, sessionId: claims.sid, expiresAt: new Date(claims.exp * 1000) };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) return null;
    throw error;
  }
}

const keyOf = (secret: string) => createSecretKey(secret, "utf8");
/** Tells secrets apart, and nothing about them. */
const keyIdOf = (secret: string) => createHash("sha256").update(secret).digest("base64url").slice(0, 8);
