/**
 * Ways to write an event that a reader of event streams has to know
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * `lf`, `cr` and `mixed`: other ends of lines than CR LF; `comments` and `fields`: lines beside the data; `lines`: the JSON
 * over several lines of data; `bom`: a byte order mark before the first event; `pieces`: seven bytes at a time, so that
 * characters are cut.
 */
export const WIRES = ["lf", "cr", "mixed", "comments", "fields", "lines", "bom", "pieces"] as const;
export type Wire = (typeof WIRES)[number];

/** How an answer's events are written: from the next one on, by these ways. */
export type EventWriter = {
  ways: readonly Wire[];
  /** The bytes of an event, in the pieces in which they go out. */
  write(payload: unknown): Uint8Array[];
};

const PIECE_BYTES = 7;

/** Writes as Gemini does, CR LF and one line of data, by default. */
export function createEventWriter(): EventWriter {
  let count = 0;
  return {
    ways: [],
    write(payload) {
      const has = (way: Wire): boolean => this.ways.includes(way);
      const data = has("lines") ? JSON.stringify(payload, null, 1) : JSON.stringify(payload);
      const lines = [
        ...(has("comments") ? [": a comment", ":"] : []),
        ...(has("fields") ? ["event: message", `id: ${count}`, "retry: 1000", "odd: field"] : []),
        ...data.split("\n").map((line, index) => `data:${index % 2 === 0 ? " " : ""}${line}`),
        ...(has("comments") ? [":data: none"] : []),
        "",
      ];
      const mark = has("bom") && count === 0 ? "\uFEFF" : "";
      count += 1;
      const bytes = Buffer.from(mark + lines.map((line, index) => line + endOf(this.ways, index)).join(""));
      if (!has("pieces")) return [bytes];
      return Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, piece) =>
        bytes.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES),
      );
    },
  };
}

function endOf(ways: readonly Wire[], line: number): string {
  if (ways.includes("mixed")) return ["\r\n", "\n", "\r"][line % 3] ?? "\n";
  return ways.includes("cr") ? "\r" : ways.includes("lf") ? "\n" : "\r\n";
}
