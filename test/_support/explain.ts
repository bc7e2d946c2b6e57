import type { Prisma, PrismaClient } from "../../src/generated/prisma/client.ts";

type Plan = {
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: Plan[];
};

/** Runs a statement, and tells PostgreSQL's plan of it, as text, and how many rows were read for it. */
export async function explain(db: PrismaClient, sql: Prisma.Sql): Promise<{ text: string; rowsRead: number }> {
  const statement = `EXPLAIN (ANALYZE, FORMAT JSON) ${sql.text}`;
  const [row] = await db.$queryRawUnsafe<[{ "QUERY PLAN": [{ Plan: Plan }] }]>(statement, ...sql.values);
  const readBy = (plan: Plan): number =>
    (plan["Relation Name"] ? (plan["Actual Rows"] + (plan["Rows Removed by Filter"] ?? 0)) * plan["Actual Loops"] : 0) +
    (plan.Plans ?? []).reduce((sum, part) => sum + readBy(part), 0);
  const plan = row["QUERY PLAN"][0].Plan;
  return { text: JSON.stringify(plan), rowsRead: readBy(plan) };
}
