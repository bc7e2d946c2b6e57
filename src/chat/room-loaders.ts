import DataLoader from "dataloader";
import type { AppContext } from "../app-context.ts";
import type { Chatroom, Message } from "../generated/prisma/client.ts";
import type { PageWindow } from "../platform/paging.ts";
import { MAX_ANSWER_BYTES } from "../platform/answer-limit.ts";
import { readBranches } from "./read-branches.ts";
import { readRoomHeads, type RoomHead } from "./read-room-heads.ts";

/** What many rooms of one answer are asked for is read for all of them together. */
export type RoomLoaders = Readonly<{
  head(room: Pick<Chatroom, "id">): Promise<RoomHead>;
  messages(room: Pick<Chatroom, "activeLeafId">, window: PageWindow): Promise<Message[]>;
}>;

/** Nothing is kept beyond its batch: a subscription's request lasts for hours. */
const OPTIONS = { cache: false };

export function createRoomLoaders(ctx: Pick<AppContext, "db">): RoomLoaders {
  const heads = new DataLoader(
    async (rooms: readonly Pick<Chatroom, "id">[]) => rooms.map(await readRoomHeads(ctx, rooms)),
    OPTIONS,
  );
  const left = { bytes: MAX_ANSWER_BYTES };
  const pages = new DataLoader((asked: readonly AskedPage[]) => readPages(ctx, asked, left), OPTIONS);
  return {
    head: (room) => heads.load(room),
    messages: ({ activeLeafId }, window) => pages.load({ leafId: activeLeafId, window }),
  };
}

type AskedPage = Readonly<{ leafId: string | null; window: PageWindow }>;

/**
 * One statement for each window, one after the other: the rooms of a list are asked for the same one, unless under several
 * aliases. What they may read together is `left`, and is taken from it.
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
    const leafIds = group.map(({ leafId }) => leafId);
    const { pageOf, bytes } = await readBranches(ctx, leafIds, window, left.bytes);
    left.bytes -= bytes;
    for (const page of group) pages.set(page, pageOf(page.leafId));
  }
  return asked.map((page) => pages.get(page) ?? []);
}
