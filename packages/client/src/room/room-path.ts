import type { ChatMessage, MessagesPage } from "./room-documents.ts";

/** What is known of a room's active branch: its newest part without a gap, oldest first. Never changed, only replaced. */
export type RoomPath = Readonly<{ messages: readonly ChatMessage[]; hasOlder: boolean; olderCursor: string | null }>;

export const NO_PATH: RoomPath = { messages: [], hasOlder: false, olderCursor: null };

export const isRunning = ({ status }: { status: string }): boolean => status === "PENDING" || status === "STREAMING";

/** Positions are numbers as texts. */
const isNewer = (message: ChatMessage, than: ChatMessage): boolean => Number(message.position) > Number(than.position);

/**
 * Takes in the newest part of the branch as a query returned it. What is known before it stays if the page follows it:
 * each message has one parent, so that what leads to it never changes.
 */
export function withPage(path: RoomPath, { pageInfo, edges }: MessagesPage): RoomPath {
  const page = edges.map(({ node }) => node);
  const parentId = page[0]?.parent?.id;
  const at = parentId === undefined ? -1 : path.messages.findLastIndex(({ id }) => id === parentId);
  if (at >= 0) return { ...path, messages: [...path.messages.slice(0, at + 1), ...page] };
  return { messages: page, hasOlder: pageInfo.hasPreviousPage, olderCursor: pageInfo.startCursor };
}

/** Takes in the page before, unless the path has changed since it was asked for. */
export function withOlder(path: RoomPath, { pageInfo, edges }: MessagesPage): RoomPath {
  const older = edges.map(({ node }) => node);
  const first = path.messages[0];
  if (older.length > 0 && older.at(-1)?.id !== first?.parent?.id) return path;
  const { hasPreviousPage: hasOlder, startCursor: olderCursor } = pageInfo;
  return { messages: [...older, ...path.messages], hasOlder, olderCursor };
}

/**
 * Takes in a message of the feed, or of a mutation's answer: one that is known is replaced, unless what is known is newer;
 * one that follows the head is appended.
 *
 * @returns null for one that does neither: the branch has changed, and has to be read again
 */
export function withMessage(path: RoomPath, message: ChatMessage): RoomPath | null {
  const { messages } = path;
  const at = messages.findIndex(({ id }) => id === message.id);
  const known = messages[at];
  if (known) return isNewer(message, known) ? { ...path, messages: messages.with(at, message) } : path;
  if ((message.parent?.id ?? null) !== (messages.at(-1)?.id ?? null)) return null;
  return { ...path, messages: [...messages, message] };
}

/** Where the feed goes on after these messages. */
export const positionAfter = ({ messages }: RoomPath): string =>
  messages.reduce((greatest, { position }) => (Number(position) > Number(greatest) ? position : greatest), "0");
