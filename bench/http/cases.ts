/** Each is a process of its own. */
export const SYSTEMS = ["colloquy", "by hand", "stock"] as const;
export type System = (typeof SYSTEMS)[number];

/** What is asked again and again. */
export const ASKS = ["list", "new-list", "room", "send"] as const;
export type Ask = (typeof ASKS)[number];

export const TITLES: Readonly<Record<System | Ask, string>> = {
  colloquy: "**Colloquy**",
  "by hand": "Express, jose, pg: by hand",
  stock: "Yoga, Pothos, Prisma: stock",
  list: "list of rooms, asked for before",
  "new-list": "list of rooms, for the first time",
  room: "room with 20 messages",
  send: "message: charged, stored, enqueued",
};

/** So many people have a room with `PAGE` messages, and ask for the same again and again. */
export const TALKERS = 50;

/** How many rooms a list shows, and messages a room. */
export const PAGE = 20;
