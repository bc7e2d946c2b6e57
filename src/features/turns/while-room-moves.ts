import { DomainError } from "../../errors.ts";

/** Another request may change the room between the read and the write. */
const MAX_TRIES = 5;
const RETRY_AFTER_S = 2;

/**
 * Reads and writes again while the room has changed between the two.
 *
 * @param write reads the room and writes; null when the room was not as it was read
 * @throws {DomainError} `UNAVAILABLE` after MAX_TRIES, and what `write` throws
 */
export async function whileRoomMoves<T>(write: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const written = await write();
    if (written !== null) return written;
  }
  throw new DomainError("UNAVAILABLE", "The room is too busy just now.", { retryAfter: RETRY_AFTER_S });
}
