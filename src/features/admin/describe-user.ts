import type { AppContext } from "../../app-context.ts";
import { findUser } from "./find-user.ts";

const DAYS = 30;

/** Everything that decides what a user may do and pays for, with what they used on the last 30 days they used anything. */
export async function describeUser(ctx: AppContext, who: string) {
  const { id, phone, name, createdAt, plan, planUntil, proGrantedUntil } = await findUser(ctx, who);
  const [subscription, customer, usage] = await Promise.all([
    ctx.db.subscription.findUnique({ where: { userId: id }, omit: { userId: true } }),
    ctx.db.stripeCustomer.findUnique({ where: { userId: id }, omit: { userId: true } }),
    ctx.db.usage.findMany({ where: { userId: id }, orderBy: { day: "desc" }, take: DAYS, omit: { userId: true } }),
  ]);
  // JSON has no whole numbers of 64 bits.
  const days = usage.map((day) =>
    Object.assign({}, day, { cost: Number(day.cost), reservedCost: Number(day.reservedCost) }),
  );
  return { id, phone, name, createdAt, plan, planUntil, proGrantedUntil, subscription, customer, usage: days };
}
