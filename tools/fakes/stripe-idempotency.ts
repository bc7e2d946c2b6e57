import { refuse, type ApiAnswer } from "./stripe-routes.ts";

type Kept = { call: string; answer: ApiAnswer | undefined };

/**
 * Stripe's way with idempotency keys (https://docs.stripe.com/api/idempotent_requests): the first answer to a key is the
 * answer to all later calls under it, also one with a status of 500, and says that it is a replay. Other parameters under
 * the same key are refused, and so is a call while the first one is still being carried out. What is refused before it is
 * carried out (400 to 499) is not kept.
 */
export function createIdempotency(): {
  run(key: string | undefined, call: string, work: () => Promise<ApiAnswer>): Promise<ApiAnswer>;
} {
  const kept = new Map<string, Kept>();

  function replay(known: Kept, call: string): ApiAnswer {
    if (known.call !== call) {
      const message =
        "Keys for idempotent requests can only be used with the same parameters they were first used with.";
      return refuse(400, "idempotency_error", message, "idempotency_error");
    }
    if (!known.answer) return refuse(409, "idempotency_key_in_use", "There is another request in progress.");
    return { ...known.answer, headers: { "idempotent-replayed": "true" } };
  }

  return {
    async run(key, call, work) {
      if (key === undefined) return work();
      const known = kept.get(key);
      if (known) return replay(known, call);
      const entry: Kept = { call, answer: undefined };
      kept.set(key, entry);
      const answer = await work();
      if (answer.status >= 400 && answer.status < 500) kept.delete(key);
      else entry.answer = answer;
      return answer;
    },
  };
}
