import type { AppContext } from "../../app-context.ts";
import type { Plan } from "../../generated/prisma/client.ts";
import { costOfTokens, pricesAt } from "../../model-catalogue/cost-of-tokens.ts";
import { resolveModel } from "../models/resolve-model.ts";
import { readQuotaDay, type Charge } from "./quota-day.ts";

/** What a usual reply takes, in tokens. A send reserves their price until the reply ends. */
const RESERVED_TOKENS = { promptTokens: 8_000, cachedTokens: 0, toolTokens: 0, thoughtTokens: 0, replyTokens: 2_000 };
/** The largest reservation, in micro-units: `Message.reservedCost` has 32 bits. */
const MAX_RESERVED = 2_147_483_647;

type Context = Pick<AppContext, "config" | "clock">;

/** What a plan's replies may cost on one day, in micro-units; null for no limit. */
export const dailyCost = ({ config }: Pick<AppContext, "config">, plan: Plan): number | null =>
  config.quota.dailyCost[plan];

/**
 * What a send reserves for its reply, in micro-units: the price of a usual one, and no more than a whole day may cost, so
 * that a day's first send passes.
 *
 * @param model as it was chosen; null for the default of the day
 */
export function reservedCost(ctx: Context, model: string | null, plan: Plan): number {
  const usual = costOfTokens(RESERVED_TOKENS, pricesAt(resolveModel(ctx, model), ctx.clock.now()));
  return Math.min(Number(usual), dailyCost(ctx, plan) ?? MAX_RESERVED, MAX_RESERVED);
}

/**
 * Whether the replies of a day have already cost all that they may. A worker asks before each call: so each of the user's
 * slots exceeds the limit by one call at most. What nothing is charged for may go on.
 *
 * @returns when the next day begins; null when the reply may be asked for
 */
export async function findCostExceeded(ctx: AppContext, charge: Charge & { plan: Plan }): Promise<Date | null> {
  const { userId, chargedOn, plan } = charge;
  const limit = dailyCost(ctx, plan);
  if (limit === null || chargedOn === null) return null;
  const day = await ctx.db.usage.findUnique({
    where: { userId_day: { userId, day: chargedOn } },
    select: { cost: true },
  });
  if (!day || day.cost < BigInt(limit)) return null;
  return (await readQuotaDay(ctx, ctx.db, userId)).endsAt;
}
