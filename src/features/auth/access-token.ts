import { createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { z } from "zod";
import type { Config } from "../../config.ts";

/** The claims of an access token whose signature, issuer, audience and age were checked. */
export type AccessClaims = Readonly<{ userId: string; sessionId: string; expiresAt: Date }>;

const ISSUER = "colloquy";
const AUDIENCE = "colloquy-api";
const Claims = z.object({
  iss: z.literal(ISSUER),
  aud: z.literal(AUDIENCE),
  sub: z.uuid(),
  sid: z.uuid(),
  exp: z.int(),
  /** We write none. */
  nbf: z.never().optional(),
});

/** A signed token (JWT, HS256) that lets its bearer act as the user until it expires. */
export async function createAccessToken(
  config: Config,
  session: { userId: string; sessionId: string; now: Date },
): Promise<{ token: string; expiresAt: Date }> {
  const { jwtSecret, accessTokenTtl } = config.auth;
  const seconds = Math.floor((session.now.getTime() + accessTokenTtl) / 1000);
  const token = await new SignJWT({ sid: session.sessionId })
    .setProtectedHeader(headerOf(jwtSecret))
    .setSubject(session.userId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(Math.floor(session.now.getTime() / 1000))
    .setExpirationTime(seconds)
    .sign(keyOf(jwtSecret));
  return { token, expiresAt: new Date(seconds * 1000) };
}

/** @returns null for a token that is not ours, is too old, or was tampered with */
export type ReadAccessToken = (token: string, now: Date) => Promise<AccessClaims | null>;

/** Tokens whose signature is not checked again, about 300 bytes each. */
const MAX_KNOWN = 10_000;

/**
 * Accepts tokens of the present secret and of the one before it; the token's `kid` names which. Its header has to be the one
 * that we write, to the letter: no other algorithm is ever looked at. A token's claims never change, so a checked token is
 * remembered by its hash. Its age is checked each time.
 */
export function createAccessTokenReader({
  auth: { jwtSecret, previousJwtSecret = jwtSecret },
}: Config): ReadAccessToken {
  const keys = new Map([previousJwtSecret, jwtSecret].map((secret) => [encode(headerOf(secret)), keyOf(secret)]));
  const known = new Map<string, AccessClaims>();
  return async (token, now) => {
    const name = hash("sha256", token, "base64url");
    const claims = known.get(name);
    if (claims && claims.expiresAt > now) return claims;
    known.delete(name);
    const checked = checkToken(keys, token);
    if (!checked || checked.expiresAt <= now) return null;
    if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? "");
    known.set(name, checked);
    return checked;
  };
}

/** By Node's own hash, at once: jose has another thread make it, which takes five times as long and more. */
function checkToken(keys: ReadonlyMap<string, KeyObject>, token: string): AccessClaims | null {
  const [header = "", payload = "", signature = "", ...rest] = token.split(".");
  const key = keys.get(header);
  if (!key || rest.length > 0) return null;
  const right = createHmac("sha256", key).update(`${header}.${payload}`).digest("base64url");
  if (!isSame(Buffer.from(signature), Buffer.from(right))) return null;
  const { data } = Claims.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString()));
  return data ? { userId: data.sub, sessionId: data.sid, expiresAt: new Date(data.exp * 1000) } : null;
}

const isSame = (one: Buffer, other: Buffer): boolean => one.length === other.length && timingSafeEqual(one, other);

const encode = (header: object): string => Buffer.from(JSON.stringify(header)).toString("base64url");
const headerOf = (secret: string) => ({ alg: "HS256", typ: "JWT", kid: keyIdOf(secret) }) as const;
const keyOf = (secret: string) => createSecretKey(secret, "utf8");
/** Identifies a secret without revealing it. */
const keyIdOf = (secret: string) => hash("sha256", secret, "base64url").slice(0, 8);
