/**
 * `fetch` for event streams, over networks that go without a word: a phone that changed from WLAN to mobile would wait
 * for minutes. An answer that does not begin in time, or brings no byte for so long, breaks off with an error.
 *
 * @param silenceLimitMs longer than the server's keep-alive takes to come, in milliseconds
 */
export function createWatchfulFetch(silenceLimitMs: number, send: typeof fetch = fetch): typeof fetch {
  return async (input, init) => {
    const abort = new AbortController();
    const given = init?.signal;
    const passOn = () => abort.abort(given?.reason);
    if (given?.aborted) passOn();
    given?.addEventListener("abort", passOn, { once: true });

    let alarm: ReturnType<typeof setTimeout> | undefined;
    const calm = () => clearTimeout(alarm);
    const expectBytes = () => {
      calm();
      const silence = new Error(`The server has not been heard of for ${silenceLimitMs} ms`);
      alarm = setTimeout(() => abort.abort(silence), silenceLimitMs);
    };
    abort.signal.addEventListener("abort", calm, { once: true });

    expectBytes();
    try {
      const response = await send(input, { ...init, signal: abort.signal });
      const { status, statusText, headers } = response;
      if (response.body === null) {
        calm();
        return response;
      }
      const bytes = response.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            expectBytes();
            controller.enqueue(chunk);
          },
          flush: calm,
        }),
      );
      return new Response(bytes, { status, statusText, headers });
    } catch (error) {
      calm();
      throw error;
    }
  };
}
