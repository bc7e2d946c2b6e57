import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Activity, Citation } from "./activity.ts";
import { createReplyReader } from "./reply-reader.ts";
import { citationsOf } from "../../features/messages/parts-of.ts";

type Event = Readonly<{ parts?: unknown[]; grounding?: unknown; more?: object }>;

/** What a reply of these events comes to. */
function readAll(...events: Event[]) {
  const reader = createReplyReader();
  const pieces = events.map(({ parts = [], grounding, more }) =>
    reader.push({ candidates: [{ content: { parts }, groundingMetadata: grounding, ...more }] }),
  );
  pieces.push(reader.end());
  const activities = pieces.flatMap((piece): Activity[] => piece.activities as Activity[]);
  return { text: pieces.map(({ text }) => text).join(""), activities, citations: citationsOf(activities) };
}

const web = (name: string) => ({ web: { uri: `https://${name}.example/`, title: name } });
const source = (name: string) => ({ uri: `https://${name}.example/`, title: name });

/** A segment, in bytes. */
const support = (segment: object, ...groundingChunkIndices: number[]) => ({ segment, groundingChunkIndices });

/** Each citation's words, and the titles of its sources. */
const wordsOf = ({ text, citations }: { text: string; citations: readonly Citation[] }) =>
  citations.map(({ start, end, sources }) => [text.slice(start, end), sources.map(({ title }) => title).join(" ")]);

const bytes = (text: string): number => Buffer.byteLength(text);

describe("citations", () => {
  it("count in UTF-16 code units of the text what Gemini counts in bytes of a part", () => {
    const [one, two] = ["Zürich ist groß. ", "東京 😀 auch."];
    const grounding = {
      webSearchQueries: ["groß?", ""],
      searchEntryPoint: { renderedContent: "<div>\n Groß </div>" },
      groundingChunks: [web("a"), web("b"), web("c")],
      groundingSupports: [
        support({ endIndex: bytes(one) - 1, text: one.trim() }, 0, 2),
        support({ startIndex: bytes(one), endIndex: bytes(one + two) }, 1),
      ],
    };
    const reply = readAll({ parts: [{ text: one }] }, { parts: [{ text: two }], grounding });
    expect(reply.activities).toEqual([
      {
        at: reply.text.length,
        noteLength: 0,
        kind: "SEARCH",
        queries: ["groß?"],
        suggestionsHtml: "<div>\n Groß </div>",
        sources: [source("a"), source("b"), source("c")],
      },
      expect.objectContaining({ kind: "CITATIONS" }),
    ]);
    expect(wordsOf(reply)).toEqual([
      ["Zürich ist groß.", "a c"],
      [two, "b"],
    ]);
  });

  it("are found in the part that they name, and in the whole text where that is what is counted", () => {
    const code = { executableCode: { language: "PYTHON", code: "1" } };
    const groundingChunks = [web("a")];
    const parts = [{ text: "Hm.", thought: true }, { text: "Äh, " }, code, { text: "also 42." }];
    const cite = (segment: object) =>
      wordsOf(readAll({ parts }, { grounding: { groundingChunks, groundingSupports: [support(segment, 0)] } }));
    expect(cite({ partIndex: 3, startIndex: 5, endIndex: 7, text: "42" })).toEqual([["42", "a"]]);
    expect(cite({ partIndex: 3, startIndex: 5, endIndex: 7 })).toEqual([["42", "a"]]);
    expect(cite({ startIndex: 10, endIndex: 12, text: "42" })).toEqual([["42", "a"]]);
    // A wrong place, but the right words.
    expect(cite({ partIndex: 3, startIndex: 1, endIndex: 3, text: "42" })).toEqual([["42", "a"]]);
    expect(cite({ partIndex: 1, endIndex: 3 })).toEqual([["Äh", "a"]]);
  });

  it("cover whole characters, as readers count them", () => {
    const text = "Go 👩‍🚀! 🇩🇪🇫🇷 e\u0301.";
    const cite = (startIndex: number, endIndex: number) => {
      const grounding = { groundingChunks: [web("a")], groundingSupports: [support({ startIndex, endIndex }, 0)] };
      return wordsOf(readAll({ parts: [{ text }], grounding }))[0]?.[0];
    };
    const at = (word: string) => bytes(text.slice(0, text.indexOf(word)));
    expect(cite(at("👩‍🚀") + 1, at("👩‍🚀") + 5)).toBe("👩‍🚀");
    expect(cite(at("🇩🇪") + 4, at("🇫🇷") + 4)).toBe("🇩🇪🇫🇷");
    expect(cite(at("e"), at("e") + 1)).toBe("e\u0301");
  });

  it("come once, however often Gemini repeats them, and soon if more text follows", () => {
    const grounding = (count: number) => ({
      webSearchQueries: ["q"],
      groundingChunks: [web("a"), web("b")].slice(0, count),
      groundingSupports: [support({ endIndex: 3 }, 0), support({ startIndex: 3, endIndex: 6 }, 1)].slice(0, count),
    });
    const reply = readAll(
      { parts: [{ text: "onetwo" }], grounding: grounding(1) },
      { parts: [{ text: "x".repeat(300) }], grounding: grounding(1) },
      { parts: [{ text: "x" }], grounding: grounding(2) },
      { grounding: grounding(2) },
    );
    expect(reply.activities.map(({ kind, at }) => [kind, at])).toEqual([
      ["SEARCH", 6],
      ["CITATIONS", 306],
      ["SEARCH", 307],
      ["CITATIONS", 307],
    ]);
    expect(reply.activities[2]).toMatchObject({ queries: [], sources: [source("b")], suggestionsHtml: null });
    expect(wordsOf(reply)).toEqual([
      ["one", "a"],
      ["two", "b"],
    ]);
  });

  it("name the pages that were given, and texts that are repeated", () => {
    const urlContextMetadata = {
      urlMetadata: [
        { retrievedUrl: "https://a.example/", urlRetrievalStatus: "URL_RETRIEVAL_STATUS_SUCCESS" },
        { retrievedUrl: "https://b.example/", urlRetrievalStatus: "URL_RETRIEVAL_STATUS_ERROR" },
      ],
    };
    const citationMetadata = { citationSources: [{ startIndex: 3, endIndex: 6, uri: "https://c.example/" }] };
    const reply = readAll({ parts: [{ text: "onetwo" }], more: { urlContextMetadata, citationMetadata } });
    expect(reply.activities[0]).toMatchObject({
      kind: "SEARCH",
      sources: [{ uri: "https://a.example/", title: null }],
    });
    expect(reply.citations).toEqual([{ start: 3, end: 6, sources: [{ uri: "https://c.example/", title: null }] }]);
  });

  it("lead to pages of the web only, and other sources are listed once", () => {
    const groundingChunks = [
      { web: { uri: "javascript:alert(1)", title: "x" } },
      { web: { uri: "https://a.example/\n" } },
      { retrievedContext: { title: "a file" } },
      { maps: { uri: "https://maps.example/", title: " A\n\u202Eplace " } },
      { web: { uri: `https://a.example/${"x".repeat(5_000)}` } },
    ];
    const grounding = { groundingChunks, groundingSupports: [support({ endIndex: 1 }, 0, 1, 2, 3, 4, 5, -1)] };
    const reply = readAll({ parts: [{ text: "Hi" }], grounding }, { grounding });
    const sources = [{ uri: "https://maps.example/", title: "A place" }];
    expect(reply.activities).toMatchObject([
      { kind: "SEARCH", sources },
      { kind: "UNSUPPORTED", what: "source" },
      { kind: "CITATIONS" },
    ]);
    expect(reply.citations).toEqual([{ start: 0, end: 1, sources }]);
  });

  it("and sources that are too many for one activity come in several", () => {
    const long = (index: number) => ({
      web: { uri: `https://${index}.example/${"x".repeat(3_000)}`, title: "x".repeat(300) },
    });
    const groundingChunks = Array.from({ length: 100 }, (_, index) => long(index));
    const all = support({ endIndex: 1 }, ...groundingChunks.map((_, index) => index));
    const { activities, citations } = readAll({
      parts: [{ text: "Hi" }],
      grounding: {
        groundingChunks,
        groundingSupports: [all],
        searchEntryPoint: { renderedContent: "x".repeat(90_000) },
      },
    });
    for (const activity of activities) expect(bytes(JSON.stringify(activity))).toBeLessThan(256 * 1024);
    expect(activities.flatMap((each) => (each.kind === "SEARCH" ? each.sources : [])).length).toBe(100);
    expect(citations.map(({ sources }) => sources.length)).toEqual([100]);
    const left = activities.filter(({ kind }) => kind === "UNSUPPORTED");
    expect(left).toMatchObject([{ what: "search suggestions", mimeType: "text/html", bytes: 90_000 }]);
  });
});

/** Texts whose characters have one to seven code units, cut into pieces anywhere, also within a pair. */
const character = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  fc.constantFrom("😀", "👩‍🚀", "🇩🇪", "e\u0301", "ß", "東", " ", "\n"),
);
const reply = fc.array(character, { minLength: 1, maxLength: 60 }).map((characters) => characters.join(""));
const cuts = fc.array(fc.nat(20), { maxLength: 8 });

function piecesOf(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  let at = 0;
  for (const size of [...sizes, text.length]) {
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

it("citations say the very words whose bytes are given, wherever the pieces are cut", () => {
  fc.assert(
    fc.property(reply, cuts, fc.nat(), fc.nat(), fc.boolean(), (text, sizes, one, other, quoted) => {
      const borders = [...new Intl.Segmenter("und").segment(text)].map(({ index }) => index).concat(text.length);
      const [start = 0, end = 0] = [one, other]
        .map((nth) => borders[nth % borders.length] ?? 0)
        .toSorted((a, b) => a - b);
      const startIndex = bytes(text.slice(0, start));
      const endIndex = bytes(text.slice(0, end));
      const segmentOf = { startIndex, endIndex, ...(quoted && { text: text.slice(start, end) }) };
      const grounding = { groundingChunks: [web("a")], groundingSupports: [support(segmentOf, 0)] };
      const events = piecesOf(text, sizes).map((piece): Event => ({ parts: [{ text: piece }] }));
      const { citations } = readAll(...events, { grounding });
      expect(citations).toEqual(start === end ? [] : [{ start, end, sources: [source("a")] }]);
    }),
  );
});

it("whatever comes as metadata, citations are whole characters within the text, in order", () => {
  const odd = fc.oneof(
    fc.integer({ min: -20, max: 400 }),
    fc.constantFrom<unknown>(
      2 ** 53,
      -(2 ** 53),
      1e300,
      Number.NaN,
      1.5,
      null,
      "7",
      "-7",
      "x",
      {},
      [],
      true,
      undefined,
    ),
  );
  const segment = fc.oneof(
    fc.record(
      { partIndex: odd, startIndex: odd, endIndex: odd, text: fc.oneof(fc.string(), odd) },
      { requiredKeys: [] },
    ),
    odd,
  );
  const supports = fc.array(fc.oneof(fc.record({ segment, groundingChunkIndices: fc.oneof(fc.array(odd), odd) }), odd));
  const chunks = fc.array(fc.oneof(fc.constant(web("a")), fc.constant({ web: { uri: "https://b.example" } }), odd));
  const metadata = fc.record(
    {
      webSearchQueries: fc.oneof(fc.array(fc.oneof(fc.string({ unit: "binary" }), odd)), odd),
      searchEntryPoint: fc.oneof(fc.record({ renderedContent: fc.oneof(fc.string(), odd) }), odd),
      groundingChunks: fc.oneof(chunks, odd),
      groundingSupports: fc.oneof(supports, odd),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(reply, cuts, fc.array(fc.oneof(metadata, odd)), (text, sizes, groundings) => {
      const pieces = piecesOf(text, sizes);
      const events = pieces.map((piece, index): Event => ({ parts: [{ text: piece }], grounding: groundings[index] }));
      const rest = groundings.slice(pieces.length).map((grounding): Event => ({ grounding }));
      const read = readAll(...events, ...rest);
      expect(read.text).toBe(text);
      const borders = new Set(
        [...new Intl.Segmenter("und").segment(text)].map(({ index }) => index).concat(text.length),
      );
      for (const { start, end, sources } of read.citations) {
        expect(start).toBeLessThan(end);
        expect(borders.has(start) && borders.has(end)).toBe(true);
        expect(sources.length).toBeGreaterThan(0);
      }
      const starts = read.citations.map(({ start }) => start);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    }),
    { numRuns: 100 },
  );
});
