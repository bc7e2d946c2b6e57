import { expect, test } from "vitest";
import { plainDigits } from "./plain-digits.ts";

/** How `Intl` writes numbers in all decimal systems: another source than ours. */
const SYSTEMS = Intl.supportedValuesOf("numberingSystem");

test.each(SYSTEMS)("digits of %s are read", (numberingSystem) => {
  const written = new Intl.NumberFormat("en", { numberingSystem, useGrouping: false }).format(9876543210);
  if (!/^\p{Nd}+$/u.test(written)) return;
  expect(plainDigits(written)).toBe("9876543210");
});

test("that are most of the systems there are", () => {
  const decimal = SYSTEMS.filter((numberingSystem) =>
    /^\p{Nd}$/u.test(new Intl.NumberFormat("en", { numberingSystem }).format(7)),
  );
  expect(decimal.length).toBeGreaterThan(60);
});

test.each([
  ["\u202A+1 202 555 0143\u202C", "+1 202 555 0143"],
  ["\u2066+12\u200B02\u2069", "+1202"],
  ["\uFF0B\uFF11\u3000\uFF12", "+1 2"],
  ["12\u00A034\u202F56", "12 34 56"],
  ["123\u2013456\u2212\uFF0D", "123-456--"],
  ["\uFEFF1\u00AD2\u20603", "123"],
  ["12\n34\t", "12 34 "],
  ["call 1²½①", "call 1²½①"],
  ["1\u00002", "1\u00002"],
])("%j is %j", (text, plain) => {
  expect(plainDigits(text)).toBe(plain);
});
