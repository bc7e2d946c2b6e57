import { lineOf } from "../../platform/text/text.ts";

/** The name of a person. */
export const PersonName = lineOf(100);
