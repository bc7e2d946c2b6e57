import { hash, verify } from "@node-rs/argon2";
import { DomainError } from "../../errors.ts";

/**
 * Argon2id with OWASP's parameters: 19 MiB, two passes, one lane
 * (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html). `algorithm: 2` is Argon2id.
 */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The hash of an unused password: comparing with it takes as long as comparing with a user's. */
const NOBODYS_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$dh9ztMGv9otK5cOb9+XGhA$S6WfyA8pPPRSemlZqIdgyyjJIp8++P1K0aOaT+TEA6A";

/**
 * Concurrent hashes in one process. They run on libuv's threads, four by default; the others stay free for files and
 * DNS.
 */
const MAX_AT_ONCE = 2;
/** Hashes that may wait. More are refused: at some 30 ms each they would wait for longer than a person does. */
const MAX_WAITING = 50;

/** Hashes a password off the event loop. @returns PHC form. @throws {DomainError} `UNAVAILABLE` when too many come at once */
export const hashPassword = (password: string): Promise<string> => takeTurn(() => hash(inNfc(password), PARAMETERS));

/**
 * Whether the password matches the hash. Takes as long without a hash.
 *
 * @throws {DomainError} `UNAVAILABLE` when too many come at once
 */
export async function verifyPassword(known: string | null, password: string): Promise<boolean> {
  const right = await takeTurn(() => verify(known ?? NOBODYS_HASH, inNfc(password)));
  return right && known !== null;
}

/** Keyboards write one and the same character in several ways; NFC is what NIST SP 800-63B and RFC 8265 take. */
export const inNfc = (password: string): string => password.normalize("NFC");

let running = 0;
const waiting: (() => void)[] = [];

async function takeTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running >= MAX_AT_ONCE) {
    if (waiting.length >= MAX_WAITING)
      throw new DomainError("UNAVAILABLE", "Too many people are signing in just now.", { retryAfter: 2 });
    // The next one takes over the slot.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
