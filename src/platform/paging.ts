import { z } from "zod";
import { DomainError } from "../errors.ts";

/** The request for a page of a connection, from Pothos' `resolveCursorConnection`. */
export type PageWindow = Readonly<{
  after?: string | null | undefined;
  before?: string | null | undefined;
  /** One more than the page has, to find out whether there is a next page. */
  limit: number;
  /** The page is taken from the end, and its entries come in reverse. */
  inverted: boolean;
}>;

/** The last moment whose year has four digits, in milliseconds since 1970: later ones have no form that PostgreSQL reads. */
export const MAX_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The cursor of an entry: its key in the list's order. It is valid for its own connection only, which `kind` names. */
export const createCursor = (kind: string, key: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify([kind, ...key])).toString("base64url");

const Parts = z.array(z.unknown());

/**
 * @param schema of the key; it must fit into what the store compares it with
 * @param side which cursor of the window
 * @returns null without a cursor
 * @throws {DomainError} `BAD_USER_INPUT` for anything else than a cursor of this kind, such as an empty one
 */
export function readCursor<Key extends [z.ZodType, ...z.ZodType[]]>(
  kind: string,
  schema: z.ZodTuple<Key>,
  window: PageWindow,
  side: "after" | "before",
): z.output<z.ZodTuple<Key>> | null {
  const cursor = window[side];
  if (cursor === null || cursor === undefined) return null;
  try {
    const [known, ...parts] = Parts.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
    return schema.parse(known === kind ? parts : null);
  } catch {
    throw new DomainError("BAD_USER_INPUT", `${side}: is not a cursor of this connection`, { field: side });
  }
}
