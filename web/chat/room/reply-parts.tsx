import { lazy, Suspense, useMemo } from "react";
import { partsOf } from "../../../packages/client/src/reply/reply-parts.ts";
import type { MessageViewFragment } from "../../generated/graphql/graphql.ts";
import { SourcesContext } from "./cite-mark.tsx";
import { markCitations, numberSources } from "./cite-marks.ts";
import css from "./reply-parts.module.css";
import { CodeBlock } from "./code-block.tsx";
import { SearchNote } from "./search-note.tsx";
import { SearchSuggestions } from "./search-suggestions.tsx";
import { Sources } from "./sources.tsx";
import { Thought } from "./thought.tsx";
import { ScrollBox } from "../ui/scroll-box.tsx";
import type { LiveReply } from "./use-live-reply.ts";

const Markdown = lazy(async () => {
  const module = await import("./markdown.tsx");
  return { default: module.Markdown };
});

type Part = MessageViewFragment["parts"][number];

/** A finished reply: what it consists of, in order, and its sources. */
export function FinishedParts({ message }: { message: MessageViewFragment }) {
  const { content, citations, parts } = message;
  const sources = useMemo(() => numberSources(citations), [citations]);
  const placed = useMemo(() => placeTexts(content, parts), [content, parts]);
  return (
    <SourcesContext value={sources}>
      {placed.map(({ key, part, from }) =>
        part.__typename === "TextPart" ? (
          <Text key={key} text={markCitations(part.text, { from, citations, sources })} />
        ) : (
          <OtherPart key={key} part={part} />
        ),
      )}
      <Sources sources={sources} />
      {parts.map(
        (part) =>
          part.__typename === "SearchPart" &&
          part.suggestionsHtml !== null && <SearchSuggestions key={part.suggestionsHtml} html={part.suggestionsHtml} />,
      )}
    </SourcesContext>
  );
}

/** Where each text stands in the content, of which the texts are pieces, in its order. */
function placeTexts(content: string, parts: readonly Part[]) {
  let end = 0;
  return parts.map((part, index) => {
    const from = part.__typename === "TextPart" ? Math.max(content.indexOf(part.text, end), end) : end;
    if (part.__typename === "TextPart") end = from + part.text.length;
    return { key: `${index} ${part.__typename}`, part, from };
  });
}

/** A reply while it is written. */
export function LiveParts({ reply }: { reply: LiveReply }) {
  const shown = partsOf(reply);
  return shown.map((piece, index) => {
    const key = `${index}`;
    if ("text" in piece) return <Text key={key} text={piece.text} growing={index === shown.length - 1} />;
    if ("thought" in piece) {
      const part = piece.part as { durationMs?: number | null } | null;
      return <Thought key={key} text={piece.thought} durationMs={part?.durationMs ?? null} thinking={part === null} />;
    }
    return <OtherPart key={key} part={piece.part as Part} />;
  });
}

/** Plain until the part of the page that knows Markdown is there. */
const Text = ({ text, growing = false }: { text: string; growing?: boolean }) => (
  <Suspense fallback={<p className={css.plain}>{text}</p>}>
    <Markdown text={text} growing={growing} />
  </Suspense>
);

function OtherPart({ part }: { part: Part }) {
  switch (part.__typename) {
    case "TextPart":
      return <Text text={part.text} />;
    case "ThoughtPart":
      return <Thought text={part.text} durationMs={part.durationMs} truncated={part.truncated} />;
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
