import { resolveCursorConnection } from "@pothos/plugin-relay";
import type { PageWindow } from "../platform/paging.ts";
import { PAGE } from "./operation-limits.ts";

type PageArgs = Parameters<typeof resolveCursorConnection>[0]["args"];

/**
 * A page of a connection.
 *
 * @param load reads the entries of a window, one more than the page has
 * @returns a page without entries has the cursor that was given, and none if none was
 */
export async function resolvePage<Entry>(
  args: PageArgs,
  toCursor: (entry: Entry) => string,
  load: (window: PageWindow) => Promise<Entry[]>,
) {
  const options = { args, defaultSize: PAGE.default, maxSize: PAGE.max, toCursor };
  const page = await resolveCursorConnection(options, (window: PageWindow) => load(window));
  const { startCursor, endCursor } = page.pageInfo;
  return { ...page, pageInfo: { ...page.pageInfo, startCursor: startCursor || null, endCursor: endCursor || null } };
}
