import { TypeOverrides, types, type Pool } from "pg";
import type { Prisma } from "../../generated/prisma/client.ts";

/**
 * Runs a statement, and reads its rows as `$queryRaw` does; what PostgreSQL refuses is pg's own error. For statements that most
 * requests wait for: Prisma reads each value twice, which takes longer than all that pg does.
 *
 * @returns the rows, as the caller says that they are
 */
export type DirectQuery = <Row extends object>(statement: Prisma.Sql) => Promise<Row[]>;

/** @param nameOf the name that PostgreSQL is to keep the plan of a statement by, as for all others of this pool */
export function createDirectQuery(pool: Pool, nameOf: (text: string) => string): DirectQuery {
  return async <Row extends object>({ text, values }: Prisma.Sql) => {
    const { rows } = await pool.query<Row>({ name: nameOf(text), text, values: values.map(toParameter), types: READ });
    return rows;
  };
}

function toParameter(value: unknown): unknown {
  // pg writes times in the zone of this process, which a `date` would keep.
  if (value instanceof Date) return value.toISOString();
  return (Array.isArray(value) && toListLiteral(value)) || value;
}

/**
 * A list as PostgreSQL reads it; pg looks through each of its texts twice, which takes longer than the query where there are
 * hundreds.
 *
 * @returns undefined for a list that has to be written with care
 */
function toListLiteral(values: readonly unknown[]): string | undefined {
  if (values.length === 0 || !values.every((value) => typeof value === "string" || typeof value === "number"))
    return undefined;
  return /["\\]/.test(values.join("")) ? undefined : `{"${values.join('","')}"}`;
}

/** What pg reads otherwise than Prisma: days in the zone of this process, and large numbers as texts. */
const READ = new TypeOverrides();
READ.setTypeParser(types.builtins.DATE, (text: string) => new Date(text));
READ.setTypeParser(types.builtins.INT8, (text: string) => BigInt(text));
