import { describeUser } from "../describe-user.ts";
import { findUser } from "../find-user.ts";
import { listStuckReplies } from "../list-stuck-replies.ts";
import { reportUsage } from "../report-usage.ts";
import { requeueReplies } from "../requeue-replies.ts";
import { syncUser } from "../sync-user.ts";
import type { AppContext } from "../../../app-context.ts";
import { endPro } from "../../billing/end-pro.ts";
import { grantPro } from "../../billing/grant-pro.ts";
import type { Action } from "./read-command.ts";

/** What a command gives; whether it was one that changes something, and whether all of it could be done. */
export type Outcome = Readonly<{ result: unknown; changed: boolean; complete: boolean }>;

/** @throws {DomainError} for what cannot be done */
export async function runCommand(ctx: AppContext, command: Action): Promise<Outcome> {
  switch (command.name) {
    case "show":
      return readOnly(await describeUser(ctx, command.who));
    case "stuck":
      return readOnly(await listStuckReplies(ctx, command.olderThanMs));
    case "usage":
      return readOnly(await reportUsage(ctx, command.who, command.days));
    case "sync": {
      const { id } = await findUser(ctx, command.who);
      return changed({ id, ...(await syncUser(ctx, id)) });
    }
    case "grant-pro": {
      const { id } = await findUser(ctx, command.who);
      await grantPro(ctx, id, command.until);
      return changed(await planOf(ctx, id));
    }
    case "end-pro": {
      const { id } = await findUser(ctx, command.who);
      await endPro(ctx, id, command);
      return changed(await planOf(ctx, id));
    }
    case "requeue": {
      const replies = await requeueReplies(ctx, command);
      return { ...changed(replies), complete: replies.every(({ requeued }) => requeued) };
    }
  }
}

const readOnly = (result: unknown): Outcome => ({ result, changed: false, complete: true });
const changed = (result: unknown): Outcome => ({ result, changed: true, complete: true });

const planOf = (ctx: AppContext, id: string) =>
  ctx.db.user.findUniqueOrThrow({
    where: { id },
    select: { id: true, plan: true, planUntil: true, proGrantedUntil: true },
  });
