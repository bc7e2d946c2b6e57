import { lineOf } from "../../platform/text/text.ts";

/** What a person wants to be called. */
export const PersonName = lineOf(100);
