import { hash, subtle, type webcrypto } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Config } from "../../config.ts";

/** The claims of an access token whose signature, issuer, audience and age were checked. */
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
    .sign(await importKey(jwtSecret));
  return { token, expiresAt: new Date(seconds * 1000) };
}

/** @returns null for a token that is not ours, is too old, or was tampered with */
export type ReadAccessToken = (token: string, now: Date) => Promise<AccessClaims | null>;

/** Tokens whose signature is not checked again, about 300 bytes each. */
const MAX_KNOWN = 10_000;

/**
 * Accepts tokens of the present secret and of the one before it; the token's `kid` names which. A token's claims never
 * change, so a checked token is remembered by its hash. Its age is checked each time.
 */
export function createAccessTokenReader({
  auth: { jwtSecret, previousJwtSecret = jwtSecret },
}: Config): ReadAccessToken {
  const keys = new Map([previousJwtSecret, jwtSecret].map((secret) => [keyIdOf(secret), importKey(secret)]));
  const known = new Map<string, AccessClaims>();
  return async (token, now) => {
    const name = hash("sha256", token, "base64url");
    const claims = known.get(name);
    if (claims && claims.expiresAt > now) return claims;
    known.delete(name);
    const checked = await checkToken(keys, token, now);
    if (!checked) return null;
    if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? "");
    known.set(name, checked);
    return checked;
  };
}

async function checkToken(
  keys: ReadonlyMap<string | undefined, Promise<webcrypto.CryptoKey>>,
  token: string,
  now: Date,
): Promise<AccessClaims | null> {
  const findKey = ({ kid }: { kid?: string }) => {
    const key = keys.get(kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
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

/** As Web Crypto wants it: jose would make that of any other kind of key for each token, which takes as long as the check. */
const importKey = (secret: string): Promise<webcrypto.CryptoKey> =>
  subtle.importKey("raw", Buffer.from(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);

/** Identifies a secret without revealing it. */
const keyIdOf = (secret: string) => hash("sha256", secret, "base64url").slice(0, 8);
