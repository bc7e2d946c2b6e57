const DAY_MS = 86_400_000;
/** Spreads customers that were created together, in milliseconds. */
const SPREAD_MS = 3_600_000;

/** When a customer that was compared with Stripe now is compared again: within the last hour of the next 24. */
export const nextCheckAfter = (now: Date): Date => new Date(now.getTime() + DAY_MS - Math.random() * SPREAD_MS);
