/** How the model writes a reply: `chunks` pieces of `size` code units of ASCII, one every `delayMs`. */
export type Pace = Readonly<{ chunks: number; size: number; delayMs: number }>;
