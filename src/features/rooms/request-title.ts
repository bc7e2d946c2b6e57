import type { AppContext } from "../../app-context.ts";
import { generateTitleJob } from "./jobs.ts";

/** When a title is looked for that is wanted now; null where the operator wants none made. */
export const titleDueAt = ({ config }: Pick<AppContext, "config">, now: Date): Date | null =>
  config.titles.generated ? now : null;

/** Adds the jobs of rooms whose title is due. Workers add those that get lost. */
export async function enqueueTitles(ctx: Pick<AppContext, "queue">, chatroomIds: readonly string[]): Promise<void> {
  await ctx.queue.add(
    generateTitleJob,
    chatroomIds.map((chatroomId) => ({ id: chatroomId, data: { chatroomId } })),
  );
}
