import { refuse, type ApiAnswer } from "./stripe-routes.ts";

/**
 * Stripe's way with idempotency keys (https://docs.stripe.com/api/idempotent_requests): the first answer to a key is the
 * answer to all later calls under it, also one with a status of 500; other parameters under the same key are refused, and
 * so is a call while the first one is still being carried out.
 */
export function createIdempotency(): {
  run(key: string | undefined, call: string, work: () => Promise<ApiAnswer>): Promise<ApiAnswer>;
} {
  const kept = new Map<string, { call: string; answer: ApiAnswer | undefined }>();
  return {
    async run(key, call, work) {
      if (key === undefined) return work();
      const known = kept.get(key);
      if (known && known.call !== call) {
        const message =
          "Keys for idempotent requests can only be used with the same parameters they were first used with.";
        return refuse(400, "idempotency_error", message, "idempotency_error");
      }
      if (known) return known.answer ?? refuse(409, "idempotency_key_in_use", "There is another request in progress.");
      const entry: { call: string; answer: ApiAnswer | undefined } = { call, answer: undefined };
      kept.set(key, entry);
      entry.answer = await work();
      return entry.answer;
    },
  };
}
