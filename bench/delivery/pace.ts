/** How the stand-in writes a reply: `chunks` pieces of `size` code units of ASCII, one every `delayMs`. */
export type Pace = Readonly<{ chunks: number; size: number; delayMs: number }>;

/** What is compared: ours, the limit, and three other ways to do it. */
export type SystemName = "colloquy" | "bare" | "stock" | "resumable" | "polling";

/** Where the yardsticks' text goes; ours has names of its own. */
export const channelOf = (replyId: string): string => `bench:reply:${replyId}`;
export const textKeyOf = (replyId: string): string => `bench:text:${replyId}`;

/** What a reply's channel carries in all yardsticks but resumable-stream, and ours: a piece and its place. */
export type Piece = Readonly<{ kind: "text"; attempt: number; offset: number; text: string }>;
