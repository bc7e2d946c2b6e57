import { Prisma } from "../../generated/prisma/client.ts";

/**
 * A row of a table as this process knows it. PostgreSQL refuses to run a statement that was planned with a `*` once a
 * migration has added a column.
 *
 * @param names such as `Prisma.MessageScalarFieldEnum`
 */
export const columnsSql = (alias: string, names: Readonly<Record<string, string>>): Prisma.Sql =>
  Prisma.raw(
    Object.keys(names)
      .map((name) => `"${alias}"."${name}"`)
      .join(", "),
  );
