import type { AppContext } from "../../app-context.ts";

/**
 * Keeps all workers from asking a model for a time, because its provider has answered 429: `claimReply` looks for it.
 * Other models go on. Of two pauses the longer one holds. It stands in PostgreSQL, as what it postpones does, so neither
 * is lost with Redis.
 */
export async function pauseModel(ctx: Pick<AppContext, "db">, model: string, until: Date): Promise<void> {
  await ctx.db.$executeRaw`
    INSERT INTO "ModelPause" ("model", "until") VALUES (${model}, ${until}::timestamptz)
    ON CONFLICT ("model") DO UPDATE SET "until" = excluded."until" WHERE "ModelPause"."until" < excluded."until"`;
}
