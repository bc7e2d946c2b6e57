/** What the server says of itself in the page, before anything is asked. */
const words = (document.querySelector<HTMLMetaElement>('meta[name="colloquy"]')?.content ?? "").split(" ");

export const serverFacts = {
  /** Codes come in the API's answers: nobody's phone is needed. */
  development: words.includes("development"),
  /** Pro can be bought. */
  billing: words.includes("billing"),
} as const;
