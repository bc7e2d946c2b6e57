/**
 * The first bytes of a body as text; the rest is not waited for.
 *
 * @param limit bytes
 * @throws what the body throws
 */
export async function readStart(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= limit) break; // which ends the body
  }
  return Buffer.concat(chunks).toString("utf8", 0, limit);
}
