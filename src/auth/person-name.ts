import { z } from "zod";

/** What a person wants to be called. PostgreSQL stores no U+0000. */
export const PersonName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((text) => !text.includes("\0"), "holds a character that cannot be stored");
