/** Bytes that a close frame has for its reason (RFC 6455, 5.5). */
const MAX_REASON_BYTES = 123;

/** As much of a reason as fits a close frame, cut between characters. */
export function closeReason(text: string): string {
  const bytes = new Uint8Array(MAX_REASON_BYTES);
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return text.slice(0, read);
}
