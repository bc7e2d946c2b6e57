import type { AppContext } from "../../app-context.ts";
import type { Limit } from "../../platform/redis/rate-limits.ts";

/** Each visit costs up to five calls to Stripe, which takes a hundred a second from all our users together. */
const PER_USER: Limit = { name: "billing-user", points: 30, seconds: 600 };

/**
 * Counts a visit to Stripe's pages.
 *
 * @throws {DomainError} `RATE_LIMITED`; `UNAVAILABLE` when Redis is unavailable
 */
export const takeVisit = (ctx: AppContext, userId: string): Promise<void> => ctx.limits.take(PER_USER, userId);
