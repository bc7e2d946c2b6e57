import fc from "fast-check";
import { expect, test } from "vitest";
import { costOfTokens, pricesAt } from "./cost-of-tokens.ts";

const NONE = { promptTokens: 0, cachedTokens: 0, thoughtTokens: 0, toolTokens: 0, replyTokens: 0 };
const PRICES = { prompt: 300_000, cached: 30_000, reply: 2_500_000 };

test.each([
  [{}, 0n],
  [{ promptTokens: 1_000_000 }, 300_000n],
  [{ promptTokens: 1_000_000, cachedTokens: 400_000 }, 192_000n],
  [{ toolTokens: 10 }, 3n],
  [{ replyTokens: 2, thoughtTokens: 2 }, 10n],
  // A part of a micro-unit counts as one, for the whole call and not for each of its counts.
  [{ promptTokens: 1 }, 1n],
  [{ promptTokens: 1, replyTokens: 1 }, 3n],
  // No count of ours, and nothing is given back for it.
  [{ promptTokens: 10, cachedTokens: 20 }, 1n],
])("%j costs %s micro-units", (tokens, cost) => {
  expect(costOfTokens({ ...NONE, ...tokens }, PRICES)).toBe(cost);
});

test("nothing is lost to rounding, however large the numbers are", () => {
  const count = fc.nat(20_000_000);
  const price = fc.nat(1_000_000_000_000);
  const tokens = fc.record({
    promptTokens: count,
    cachedTokens: count,
    thoughtTokens: count,
    toolTokens: count,
    replyTokens: count,
  });
  fc.assert(
    fc.property(tokens, price, (each, same) => {
      const { promptTokens, thoughtTokens, toolTokens, replyTokens } = each;
      const exact = BigInt(promptTokens + thoughtTokens + toolTokens + replyTokens) * BigInt(same);
      const cost = costOfTokens(each, { prompt: same, cached: same, reply: same });
      expect(cost * 1_000_000n - exact).toBeGreaterThanOrEqual(0n);
      expect(cost * 1_000_000n - exact).toBeLessThan(1_000_000n);
      expect(cost).toBeLessThan(2n ** 63n);
    }),
  );
});

test("the prices of a day begin with that day, in UTC", () => {
  const next = { prompt: 2, cached: 2, reply: 2, from: new Date("2027-01-01") };
  const model = { id: "a model", prices: [{ prompt: 1, cached: 1, reply: 1 }, next] };
  expect(pricesAt(model, new Date("2026-12-31T23:59:59.999Z")).prompt).toBe(1);
  expect(pricesAt(model, new Date("2027-01-01T00:00:00Z")).prompt).toBe(2);
});
