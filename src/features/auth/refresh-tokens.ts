import { createHash, createHmac, randomBytes } from "node:crypto";

/**
 * A refresh token, read. Written `<family>.<secret>`, both random: the family stays the same for the whole session, the
 * secret is replaced with each refresh. A party that knows the family has held one of the session's tokens.
 */
export type RefreshToken = Readonly<{ text: string; familyHash: string; hash: string }>;

const FAMILY_BYTES = 16;
const SECRET_BYTES = 32;
/** Both in base64url. */
const TOKEN = /^([\w-]{22})\.([\w-]{43})$/;

/** The first token of a session, or the one that comes after `before`. */
export function createRefreshToken(before?: RefreshToken): RefreshToken {
  const family = before ? familyOf(before) : randomBytes(FAMILY_BYTES).toString("base64url");
  return hashed(family, randomBytes(SECRET_BYTES).toString("base64url"));
}

/** @returns null for what cannot be one */
export function readRefreshToken(text: string): RefreshToken | null {
  const [, family, secret] = TOKEN.exec(text) ?? [];
  return family === undefined || secret === undefined ? null : hashed(family, secret);
}

/**
 * Encrypts the successor of `spent` for the holder of `spent`, with a key derived from it. The key is used once, as a
 * token is spent once. The database knows only the hash of `spent` and cannot decrypt it.
 */
export const sealSuccessor = (spent: RefreshToken, successor: RefreshToken): string =>
  mask(spent, secretOf(successor)).toString("base64url");

/** What `sealSuccessor` has sealed for this token. */
export const openSuccessor = (spent: RefreshToken, sealed: string): RefreshToken =>
  hashed(familyOf(spent), mask(spent, Buffer.from(sealed, "base64url")).toString("base64url"));

/** The secrets are 128 and 256 random bits: a plain hash hides them well enough. */
function hashed(family: string, secret: string): RefreshToken {
  return { text: `${family}.${secret}`, familyHash: sha256(family), hash: sha256(`${family}.${secret}`) };
}

function mask(key: RefreshToken, bytes: Buffer): Buffer {
  const pad = createHmac("sha256", secretOf(key)).update("successor").digest();
  return Buffer.from(bytes.map((byte, index) => byte ^ (pad[index] ?? 0)));
}

const familyOf = ({ text }: RefreshToken): string => text.split(".")[0] ?? "";
const secretOf = ({ text }: RefreshToken): Buffer => Buffer.from(text.split(".")[1] ?? "", "base64url");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url");
