import { expect, test } from "vitest";
import { Phone } from "../../src/features/auth/phone.ts";
import { createFictionalPhone } from "./phone.ts";

test("a fictional number is one that codes are sent to", () => {
  const phones = Array.from({ length: 2_000 }, createFictionalPhone);
  expect(phones.filter((phone) => !Phone.safeParse(phone).success)).toEqual([]);
  for (const phone of phones) expect(phone).toMatch(/^\+1\d{3}55501\d\d$/);
});
