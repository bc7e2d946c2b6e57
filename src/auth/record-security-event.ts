import { v7 as uuidv7 } from "uuid";
import type { AppContext } from "../app-context.ts";
import { DomainError } from "../errors.ts";
import type { Prisma, SecurityEventKind } from "../generated/prisma/client.ts";
import { deviceColumns, type Device } from "./device.ts";

/** Failed sign-ins that an account keeps: strangers make them, and must not be able to fill the table. */
const MAX_FAILURES = 100;
/** How long an event is kept, in milliseconds. */
const KEPT_MS = 365 * 86_400_000;

/** Notes what happened to an account, within the transaction in which it happens. */
export async function recordSecurityEvent(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  userId: string,
  kind: SecurityEventKind,
  device: Device,
): Promise<void> {
  const now = ctx.clock.now();
  await tx.securityEvent.create({ data: { id: uuidv7(), userId, kind, ...deviceColumns(device), createdAt: now } });
  const tooOld = new Date(now.getTime() - KEPT_MS);
  await tx.securityEvent.deleteMany({ where: { userId, createdAt: { lt: tooOld } } });
}

/**
 * Notes that somebody failed to sign in to an account, if the number has one. Nobody waits for it: the answer must not
 * take longer for numbers that are known.
 *
 * @param error why it failed; only a wrong code or password counts
 */
export function noteFailedSignIn(ctx: AppContext, phone: string, device: Device, error: unknown): void {
  const wrong = error instanceof DomainError && (error.code === "OTP_INVALID" || error.code === "CREDENTIALS_INVALID");
  if (wrong) ctx.later("note a failed sign-in", recordFailure(ctx, phone, device));
}

async function recordFailure(ctx: AppContext, phone: string, device: Device): Promise<void> {
  const user = await ctx.db.user.findUnique({ where: { phone }, select: { id: true } });
  if (!user) return;
  await recordSecurityEvent(ctx, ctx.db, user.id, "SIGN_IN_FAILED", device);
  const [surplus] = await ctx.db.securityEvent.findMany({
    where: { userId: user.id, kind: "SIGN_IN_FAILED" },
    orderBy: { id: "desc" },
    skip: MAX_FAILURES,
    take: 1,
    select: { id: true },
  });
  if (!surplus) return;
  const where = { userId: user.id, kind: "SIGN_IN_FAILED", id: { lte: surplus.id } } as const;
  await ctx.db.securityEvent.deleteMany({ where });
}
