import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { MAX_ANSWER_BYTES } from "../../platform/answer-limit.ts";
import type { PageWindow } from "../../platform/paging.ts";
import { readBranches } from "./read-branches.ts";
import { readPlainPage } from "./read-plain-page.ts";

/** Reads the pages of messages of all rooms in one answer together. */
export function createPageLoader(ctx: Pick<AppContext, "db">): DataLoader<AskedPage, Message[]> {
  const left = { bytes: MAX_ANSWER_BYTES };
  // Nothing is cached beyond its batch: a subscription's request lasts for hours.
  return new DataLoader((asked: readonly AskedPage[]) => readPages(ctx, asked, left), { cache: false });
}

export type AskedPage = Readonly<{
  roomId: string;
  /** Null for a room without messages. */
  leafId: string | null;
  window: PageWindow;
  /** `BRIEF` or `SHOWN`; null for all. */
  columns: ReadonlySet<string> | null;
}>;

/**
 * One statement for each window, one after the other. The rooms of a list share one window, unless a document uses
 * aliases. `left` is what all may still read. A single room is first read as one without siblings, which most are.
 */
async function readPages(
  ctx: Pick<AppContext, "db">,
  asked: readonly AskedPage[],
  left: { bytes: number },
): Promise<Message[][]> {
  const windows = new Map<string, { window: PageWindow; group: AskedPage[] }>();
  for (const page of asked) {
    const name = JSON.stringify(page.window);
    const known = windows.get(name);
    if (known) known.group.push(page);
    else windows.set(name, { window: page.window, group: [page] });
  }
  const pages = new Map<AskedPage, Message[]>();
  for (const { window, group } of windows.values()) {
    const [only, ...others] = group;
    const plain = only && others.length === 0 ? await readPlain(ctx, only, left) : null;
    if (only && plain) {
      pages.set(only, plain);
      continue;
    }
    const leafIds = group.map(({ leafId }) => leafId);
    const { pageOf, bytes } = await readBranches(ctx, leafIds, window, left.bytes);
    left.bytes -= bytes;
    for (const page of group) pages.set(page, pageOf(page.leafId));
  }
  return asked.map((page) => pages.get(page) ?? []);
}

async function readPlain(
  ctx: Pick<AppContext, "db">,
  { leafId, ...page }: AskedPage,
  left: { bytes: number },
): Promise<Message[] | null> {
  if (leafId === null) return [];
  const plain = await readPlainPage(ctx, { ...page, leafId }, left.bytes);
  left.bytes -= (plain ?? []).reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  return plain;
}
