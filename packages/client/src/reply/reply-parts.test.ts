import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { partsOf as partsOfServer } from "../../../../src/features/messages/parts-of.ts";
import { addPartsChunk, NO_PARTS, partsOf, positionOfParts, type ReplyInParts, type Shown } from "./reply-parts.ts";

const none = { thought: null, activity: 0, activities: [] };
const chunk = (attempt: number, offset: number, text: string) => ({
  attempt,
  offset,
  text,
  status: "STREAMING",
  ...none,
});
const code = (at: number, noteLength = 0) => ({ at, noteLength, thoughtEnd: null, part: `code at ${at}` });

describe("a reply in parts", () => {
  test("grows in all three, and starts over with a higher attempt", () => {
    const chunks = [
      { ...chunk(1, 0, ""), thought: { offset: 0, text: "Hm, " } },
      { ...chunk(1, 0, "One"), thought: { offset: 2, text: ", well" }, activities: [code(0)] },
      { ...chunk(1, 3, ""), activity: 1, activities: [code(3)] },
      chunk(2, 0, ""),
    ];
    const replies = chunks.map((_, index) =>
      chunks.slice(0, index + 1).reduce<ReplyInParts<never, ReturnType<typeof code>>>(addPartsChunk, NO_PARTS),
    );
    expect(replies[2]).toMatchObject({ text: "One", thought: "Hm, well", activities: [code(0), code(3)] });
    expect(positionOfParts(replies[2]!)).toEqual({ attempt: 1, offset: 3, thoughtOffset: 8, activity: 2 });
    expect(replies[3]).toMatchObject({ attempt: 2, text: "", thought: "", activities: [] });
  });

  test("is not joined over a hole", () => {
    const thought = { offset: 1, text: "m" };
    expect(() => addPartsChunk(NO_PARTS, { ...chunk(1, 0, ""), thought })).toThrow(RangeError);
    expect(() => addPartsChunk(NO_PARTS, { ...chunk(1, 0, ""), activity: 1 })).toThrow(RangeError);
    expect(() => addPartsChunk(NO_PARTS, chunk(1, 1, ""))).toThrow(RangeError);
  });

  test("shows what the finished message has as its parts", () => {
    const place = { at: fc.nat({ max: 40 }), noteLength: fc.constantFrom(0, 0, 5) };
    const places = fc.array(fc.record({ ...place, thinks: fc.nat({ max: 4 }) }), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "\n", "\n\n") }),
        fc.string(),
        places,
        (text, thought, given) => {
          let thoughtEnd = 0;
          const activities = given
            .toSorted((one, other) => one.at - other.at)
            .map(({ thinks, at, noteLength }, seq) => {
              if (thinks === 0) return { seq, at, noteLength, kind: "CODE", language: "", code: `${seq}` } as const;
              const thoughtStart = thoughtEnd;
              thoughtEnd += thinks;
              const kind = "THOUGHT";
              return { seq, at, noteLength: 0, kind, thoughtStart, thoughtEnd, durationMs: 1, cut: false } as const;
            });
          const told = activities.map((activity) => ({
            ...activity,
            thoughtEnd: activity.kind === "THOUGHT" ? activity.thoughtEnd : null,
            part: activity,
          }));
          const shown = (each: Shown<unknown>) =>
            "text" in each ? each.text : "thought" in each ? each.thought : "code";
          const parts = partsOfServer({ content: text, thought, activities });
          expect(partsOf({ text, thought, activities: told }).map(shown)).toEqual(
            parts.map((part) => ("text" in part ? part.text : "code")),
          );
        },
      ),
      {
        examples: [
          [
            "a\n\nb",
            "",
            [
              { at: 0, noteLength: 1, thinks: 0 },
              { at: 2, noteLength: 0, thinks: 0 },
            ],
          ],
        ],
      },
    );
  });
});
