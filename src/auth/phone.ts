import { parsePhoneNumberFromString } from "libphonenumber-js";
import { z } from "zod";

/** A phone number in international form, normalised to E.164 by libphonenumber. */
export const Phone = z
  .string()
  .max(32)
  .transform((text, issue) => {
    // The whole text, not a number somewhere in it.
    const number = parsePhoneNumberFromString(text.trim(), { extract: false });
    if (number?.isValid() && !number.ext) return number.number;
    issue.addIssue({ code: "custom", message: "is not a phone number in international form, such as +1 202 555 0143" });
    return z.NEVER;
  });
