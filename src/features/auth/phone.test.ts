import { expect, test } from "vitest";
import { countryOf, Phone } from "./phone.ts";

test.each([
  ["+12025550143", "+12025550143"],
  ["+1 202 555 0143", "+12025550143"],
  ["+1 (202) 555-0143", "+12025550143"],
  [" +1.202.555.0143 ", "+12025550143"],
  ["+91 98765 43210", "+919876543210"],
  ["+49 (0) 30 901820", "+4930901820"],
  ["\u202A+1 202 555 0143\u202C", "+12025550143"],
  ["\u200E+1\u00A0202\u202F555\u20110143\u200B", "+12025550143"],
  ["\uFF0B\uFF11\uFF08\uFF12\uFF10\uFF12\uFF09\u3000\uFF15\uFF15\uFF15\uFF0D\uFF10\uFF11\uFF14\uFF13", "+12025550143"],
  ["+\u0661\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0664\u0663", "+12025550143"],
  ["+\u096F\u0967 \u096F\u096E\u096D\u096C\u096B \u096A\u0969\u0968\u0967\u0966", "+919876543210"],
  ["\uFEFF+1\u2212202\u20135550143\t", "+12025550143"],
])("%s is %s", (text, phone) => {
  expect(Phone.parse(text)).toBe(phone);
});

test.each([
  "",
  "+",
  "2025550143",
  "0049 30 901820",
  "+1 202 555",
  "+1 202 555 0143 0143 0143",
  "+999 202 555 0143",
  "call +1 202 555 0143",
  "+1 202 555 0143 or later",
  "+1 202 555 0143 ext. 5",
  "+1 202 555 0143\0",
  "+1 202 555 0143, +1 202 555 0144",
  `+1 202 555 0143${" ".repeat(100)}`,
])("%s is no phone number", (text) => {
  expect(Phone.safeParse(text).success).toBe(false);
});

test.each([
  ["mobile, Germany", "+4915112345678"],
  ["mobile, Guernsey", "+447781123456"],
  ["mobile, Nigeria", "+2348031234567"],
  ["mobile, Brazil", "+5511961234567"],
  ["fixed line or mobile, Denmark", "+4570123456"],
  ["fixed line or mobile, Jamaica", "+18762101234"],
  ["fixed line, Hong Kong", "+85221234567"],
  ["VoIP, France", "+33970123456"],
  ["VoIP, United Kingdom", "+445612345678"],
])("an ordinary number is taken: %s", (_, phone) => {
  expect(Phone.parse(phone)).toBe(phone);
});

test.each([
  ["premium-rate", "+19005550123"],
  ["premium-rate", "+33891123456"],
  ["premium-rate", "+979123456789"],
  ["shared-cost", "+491801123456"],
  ["shared-cost", "+80812345678"],
  ["toll-free", "+18005550123"],
  ["toll-free", "+80012345678"],
  ["personal", "+447012345678"],
  ["personal", "+15335550123"],
  ["pager", "+447640123456"],
  ["pager", "+46742123456"],
  ["access", "+443001234567"],
  ["voicemail", "+41860791234567"],
  ["satellite", "+870773111632"],
  ["satellite", "+881612345678"],
  ["satellite", "+8821612345678"],
  ["satellite", "+16002345678"],
  ["satellite", "+61147101234"],
  ["satellite", "+79541234567"],
  ["global network", "+883510012345678"],
  ["global network", "+878101234567890"],
])("a %s number is refused: %s", (what, phone) => {
  expect(Phone.safeParse(phone).error?.issues[0]?.message).toContain(what);
});

test.each([
  ["+12025550143", "US"],
  ["+16135550143", "CA"],
  ["+447781123456", "GG"],
  ["+77011234567", "KZ"],
  ["+881612345678", null],
])("%s is of %s", (phone, country) => {
  expect(countryOf(phone)).toBe(country);
});
