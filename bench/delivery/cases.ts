/** What is compared: ours, the least that can be done, and two other ways to do it. Each is a process of its own. */
export const SYSTEMS = ["bare", "colloquy", "stock", "resumable"] as const;
export type System = (typeof SYSTEMS)[number];

/** So many replies at once with so many readers each, at 20 chunks a second. */
export type Case = Readonly<{
  /** `replies x readers`. */
  name: string;
  replies: number;
  perReply: number;
  /** One reply after the other, so many in all: a single one would have a single first token. */
  turns: number | undefined;
}>;

const TURNS = 8;

/** Mostly a reply has one reader. */
export const CASES: readonly Case[] = ["100x1", "500x1", "1x100"].map((name) => {
  const [replies = 0, perReply = 0] = name.split("x").map(Number);
  return { name, replies, perReply, turns: replies === 1 ? TURNS : undefined };
});
export const QUICK_CASES = ["100x1", "1x100"];

/** Where the yardsticks' text goes; ours has names of its own. */
export const channelOf = (replyId: string): string => `bench:reply:${replyId}`;

/** What a reply's channel carries in all but resumable-stream: a piece and its place. */
export type Piece = Readonly<{ kind: "text"; attempt: number; offset: number; text: string }>;
