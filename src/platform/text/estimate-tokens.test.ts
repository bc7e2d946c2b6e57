import { describe, expect, it } from "vitest";
import { estimateTokens } from "./estimate-tokens.ts";

describe("a text's tokens", () => {
  it.each([
    ["English", "The quick brown fox jumps over the lazy dog. ", 0.2, 0.3],
    ["French", "Où est passée la clé de l'été dernier ? ", 0.2, 0.3],
    ["Han", "敏捷的棕色狐狸跳过了懒狗", 0.9, 1.1],
    ["Kana", "すばやいちゃいろのきつね", 0.9, 1.1],
    ["Hangul", "빠른갈색여우가게으른개를", 0.9, 1.1],
    ["Cyrillic", "Съешь ещё этих мягких французских булок ", 0.4, 0.6],
    ["Arabic", "نص حكيم له سر قاطع وذو شأن عظيم ", 0.4, 0.6],
    ["Devanagari", "ऋषियों को सताने वाले दुष्ट राक्षसों ", 0.4, 0.6],
    ["digits", "31415926535897932384", 0.9, 1.1],
    ["emoji", "🌊🚀😀", 0.9, 1.1],
  ])("are more for each code unit of %s than of Latin, if it is none", (_, text, least, most) => {
    const long = text.repeat(1_000);
    expect(estimateTokens(long) / long.length).toBeGreaterThan(least);
    expect(estimateTokens(long) / long.length).toBeLessThan(most);
  });

  it("are none of nothing, and one of a letter", () => {
    expect(estimateTokens("")).toBe(0);
    expect(estimateTokens("a")).toBe(1);
  });

  it("are counted no further than is asked for", () => {
    expect(estimateTokens("漢".repeat(1_000), 10)).toBe(11);
  });
});
