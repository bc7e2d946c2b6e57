import {
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumber,
  type PhoneNumberType,
} from "libphonenumber-js/max";
import { z } from "zod";
import { plainDigits } from "../../platform/text/plain-digits.ts";

/** In UTF-16 code units, with the blanks and invisible characters that were pasted along. */
const MAX_LENGTH = 64;

/**
 * A phone number in international form, normalised to E.164 by libphonenumber. Only ordinary numbers are accepted:
 * mobile, fixed lines (a code can be spoken) and VoIP, which costs no more.
 */
export const Phone = z
  .string()
  .max(MAX_LENGTH)
  .transform((text, issue) => {
    const number = parsePhone(text);
    const message = number ? refusalOf(number) : NO_PHONE;
    if (number && message === null) return number.number;
    issue.addIssue({ code: "custom", message: message ?? NO_PHONE });
    return z.NEVER;
  });

const NO_PHONE = "is not a phone number in international form, such as +1 202 555 0143";

/** ISO 3166-1 alpha-2, of a number in E.164; null for one that belongs to no country. */
export const countryOf = (phone: string): CountryCode | null => parsePhoneNumberFromString(phone)?.country ?? null;

function parsePhone(text: string): PhoneNumber | null {
  // The whole text, not a number somewhere in it.
  const number = parsePhoneNumberFromString(plainDigits(text).trim(), { extract: false });
  return number?.isValid() && !number.ext ? number : null;
}

/** Numbers that cost who sends to them, or earn for who owns them. */
const REFUSED: Partial<Record<PhoneNumberType, string>> = {
  PREMIUM_RATE: "a premium-rate number",
  SHARED_COST: "a shared-cost number",
  TOLL_FREE: "a toll-free number",
  PERSONAL_NUMBER: "a personal number",
  PAGER: "a pager's number",
  UAN: "a company's access number",
  VOICEMAIL: "a voicemail's number",
};

/**
 * Satellite phones under the code of a country, which libphonenumber does not tell apart: Canada, Australia, Russia
 * (GlobalTel), China (1349, 1740, 1749), by the numbering plans of these countries.
 */
const SATELLITE = /^\+(?:1600|61147|7954|86(?:1349|1740|1749))/;

/** @returns why codes are not sent there; null for an ordinary number */
function refusalOf(number: PhoneNumber): string | null {
  const type = number.getType();
  const what =
    (type && REFUSED[type]) ??
    // +870, +881 and the like: satellites, global networks, international freephone and premium numbers.
    (number.isNonGeographic() || SATELLITE.test(number.number) ? "a satellite's or global network's number" : null);
  return what && `is ${what}: give a mobile or another ordinary one`;
}
