import { v7 as uuidv7 } from "uuid";
import type { AppContext } from "../../app-context.ts";
import type { Prisma, SecurityEventKind } from "../../generated/prisma/client.ts";
import { deviceColumns, type Device } from "./device.ts";

/** How long an event is stored, in milliseconds. */
export const EVENT_KEPT_MS = 365 * 86_400_000;

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
  const tooOld = new Date(now.getTime() - EVENT_KEPT_MS);
  await tx.securityEvent.deleteMany({ where: { userId, createdAt: { lt: tooOld } } });
}
