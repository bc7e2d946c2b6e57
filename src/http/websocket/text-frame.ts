/** The first byte of a text message in one frame, and the lengths that fit in the second (RFC 6455, 5.2). */
const FINAL_TEXT = 0x81;
const MAX_SHORT = 125;
const LENGTH_16 = 126;
const MAX_16 = 0xffff;
const LENGTH_64 = 127;
const MAX_HEADER = 10;

const SCRATCH_BYTES = 64 * 1024;
let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/**
 * A text message as a server sends it over a WebSocket without extensions: one frame, not masked (RFC 6455, 5.2).
 *
 * @param parts UTF-8, joined in the order given
 * @returns bytes that hold until the next call, unless `keepFrame` is called
 */
export function encodeTextFrame(...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const frame = length + MAX_HEADER > SCRATCH_BYTES ? Buffer.allocUnsafe(length + MAX_HEADER) : scratch;
  let at = 2;
  frame[0] = FINAL_TEXT;
  if (length <= MAX_SHORT) frame[1] = length;
  else if (length <= MAX_16) {
    frame[1] = LENGTH_16;
    at = frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_64;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    at = frame.writeUInt32BE(length % 2 ** 32, 6);
  }
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame.subarray(0, at);
}

/** A frame of bytes of its own, for one that has to wait behind others: it takes no more than its length. */
export const copyFrame = (frame: Buffer): Buffer => (frame.buffer === scratch.buffer ? Buffer.from(frame) : frame);

/** Gives the last frame's buffer to its sender, which has not sent it yet. */
export function keepFrame(): void {
  scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
}
