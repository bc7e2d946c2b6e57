/** Each is a process of its own. */
export type SystemName = "yoga" | "colloquy" | "express" | "apollo" | "mercurius";

/** What is asked again and again. */
export type Ask = "constant" | "list" | "new list" | "room" | "send";

export type Case = Readonly<{ name: string; system: SystemName; ask: Ask; title: string }>;

/** How many rooms a list shows, and messages a room. */
export const PAGE = 20;

export const CASES: readonly Case[] = [
  { name: "constant", system: "yoga", ask: "constant", title: "a constant, by graphql-yoga: the limit" },
  { name: "list", system: "colloquy", ask: "list", title: "**list of rooms, asked for before**" },
  { name: "list-express", system: "express", ask: "list", title: "the same, by Express + jose + ioredis" },
  { name: "list-apollo", system: "apollo", ask: "list", title: "the same, by Apollo Server" },
  { name: "list-mercurius", system: "mercurius", ask: "list", title: "the same, by mercurius" },
  { name: "new-list", system: "colloquy", ask: "new list", title: "**list of rooms, asked for the first time**" },
  { name: "room", system: "colloquy", ask: "room", title: `**room with ${PAGE} messages**` },
  { name: "send", system: "colloquy", ask: "send", title: "**message: charged, stored, enqueued**" },
  { name: "send-express", system: "express", ask: "send", title: "the same, by Express, only enqueued by BullMQ" },
];
