import { lazy, Suspense } from "react";
import { partsOf } from "../../../packages/client/src/reply/reply-parts.ts";
import type { MessageViewFragment } from "../../generated/graphql/graphql.ts";
import { ScrollBox } from "../ui/scroll-box.tsx";
import { markCitations, type NumberedSource } from "./cite-marks.ts";
import { CodeBlock } from "./code-block.tsx";
import css from "./reply-parts.module.css";
import { SearchNote } from "./search-note.tsx";
import { Thought } from "./thought.tsx";
import type { LiveReply } from "./use-live-reply.ts";

const Markdown = lazy(async () => {
  const module = await import("./markdown.tsx");
  return { default: module.Markdown };
});

type Part = MessageViewFragment["parts"][number];

/** What is shown of a part, of a reply that is written as of one that has ended. */
export type Piece =
  | Readonly<{ text: string }>
  | Readonly<{ thought: string; durationMs: number | null; truncated: boolean; thinking: boolean }>
  | Readonly<{ part: Exclude<Part, { __typename: "TextPart" | "ThoughtPart" }> }>;

/** The pieces of a reply that has ended, with the numbers of its sources in its texts. */
export function piecesOf(
  { content, citations, parts }: MessageViewFragment,
  sources: readonly NumberedSource[],
): readonly Piece[] {
  let end = 0;
  return parts.map((part) => {
    if (part.__typename === "TextPart") {
      // The texts are pieces of the content, in its order.
      const from = Math.max(content.indexOf(part.text, end), end);
      end = from + part.text.length;
      return { text: markCitations(part.text, { from, citations, sources }) };
    }
    if (part.__typename !== "ThoughtPart") return { part };
    const { text, durationMs, truncated } = part;
    return { thought: text, durationMs, truncated, thinking: false };
  });
}

/** The pieces of a reply that is written: each has the place that it has when the reply has ended. */
export const livePiecesOf = (reply: LiveReply): readonly Piece[] =>
  partsOf(reply).map((shown) => {
    if ("text" in shown) return shown;
    if (!("thought" in shown)) return shown as Piece;
    const part = shown.part as { durationMs?: number | null } | null;
    return {
      thought: shown.thought,
      durationMs: part?.durationMs ?? null,
      truncated: false,
      thinking: part === null,
    };
  });

/** @param props.growing the last piece is still written */
export const ReplyParts = ({ pieces, growing }: { pieces: readonly Piece[]; growing: boolean }) =>
  pieces.map((piece, index) => {
    const key = `${index}`;
    if ("text" in piece) return <Text key={key} text={piece.text} growing={growing && index === pieces.length - 1} />;
    if ("part" in piece) return <OtherPart key={key} part={piece.part} />;
    const { thought, ...more } = piece;
    return <Thought key={key} text={thought} {...more} />;
  });

/** Plain until the part of the page that knows Markdown is there. */
const Text = ({ text, growing }: { text: string; growing: boolean }) => (
  <Suspense fallback={<p className={css.plain}>{text}</p>}>
    <Markdown text={text} growing={growing} />
  </Suspense>
);

function OtherPart({ part }: Extract<Piece, { part: unknown }>) {
  switch (part.__typename) {
    case "SearchPart":
      return <SearchNote queries={part.queries} />;
    case "CodePart":
      return <CodeBlock code={part.code} language={part.language.toLowerCase()} />;
    case "CodeResultPart":
      return (
        <div className={css.result} data-failed={part.outcome === "OK" ? undefined : true}>
          <p className={css.label}>{part.outcome === "OK" ? "Result" : "The code failed"}</p>
          <ScrollBox aria-label="Output of the code">
            <pre>{part.output}</pre>
          </ScrollBox>
        </div>
      );
    case "UnsupportedPart":
      return (
        <p className={css.left}>
          The model sent something that cannot be shown here yet{part.mimeType ? ` (${part.mimeType})` : ""}.
        </p>
      );
  }
}
