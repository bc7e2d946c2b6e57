import type { RootContent } from "hast";
import { Check, Copy } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { IconButton } from "../ui/icon-button.tsx";
import { ScrollBox } from "../ui/scroll-box.tsx";
import { highlightInTurn } from "./highlight-in-turn.ts";
import { withoutMarks } from "./cite-marks.ts";
import css from "./code-block.module.css";
import { useCopied } from "./use-copied.ts";

/** Longer code is shown in one colour. */
const LONGEST = 20_000;
/** Code that grows is coloured again when so much has come, of all and at least: all of it then costs little more than once. */
const GROWTH = { share: 1 / 8, least: 200 };
/** Long code is laid out in pieces of so many characters, so that one that grows costs what its last piece costs. */
const PIECE = 4_000;

/** What was coloured last, by its language and code: a reply that has ended is drawn anew. */
const known = new Map<string, ReactNode>();
const MAX_KNOWN = 300;

function remember(key: string, nodes: ReactNode): void {
  known.delete(key);
  known.set(key, nodes);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
}

type Props = { code: string; language: string; /** It is still written. */ growing?: boolean };

export function CodeBlock({ code: marked, language, growing = false }: Props) {
  const code = withoutMarks(marked);
  const { copied, copy } = useCopied();
  return (
    <figure className={css.block} dir="ltr">
      <figcaption className={css.head}>
        <span>{language || "text"}</span>
        <IconButton label={copied ? "Copied" : "Copy code"} onClick={() => copy(code)}>
          {copied ? <Check /> : <Copy />}
        </IconButton>
      </figcaption>
      <ScrollBox className={css.code} aria-label="Code">
        <pre>
          <code>{useHighlighted(code, language, growing)}</code>
        </pre>
      </ScrollBox>
    </figure>
  );
}

/** The code in colours, once the highlighter is loaded; until then as it is. */
function useHighlighted(code: string, language: string, growing: boolean): ReactNode {
  const key = `${language} ${code}`;
  const [shown, setShown] = useState<{ code: string; nodes: ReactNode }>();
  const coloured = useRef(0);
  useEffect(() => {
    if (language === "" || code.length > LONGEST || known.has(key)) return;
    const grown = code.length - coloured.current;
    if (growing && grown >= 0 && grown < Math.max(GROWTH.least, code.length * GROWTH.share)) return;
    coloured.current = code.length;
    let current = true;
    void highlightInTurn(code, language, () => current).then((content) => {
      const fresh = content?.map(toReact);
      if (!current || !fresh) return;
      if (!growing) remember(key, fresh);
      setShown({ code, nodes: fresh });
    });
    return () => {
      current = false;
    };
  }, [code, language, growing, key]);
  const nodes = known.get(key);
  if (nodes !== undefined) return nodes;
  if (code.length > LONGEST || !shown || !code.startsWith(shown.code)) return inPieces(code);
  return [shown.nodes, code.slice(shown.code.length)];
}

function inPieces(code: string): ReactNode {
  if (code.length <= PIECE) return code;
  const pieces: ReactNode[] = [];
  for (let start = 0; start < code.length;) {
    const line = code.indexOf("\n", start + PIECE);
    const end = line < 0 ? code.length : line + 1;
    // The break of the line that a piece ends with is that of its block.
    const text = line < 0 ? code.slice(start) : code.slice(start, line);
    pieces.push(
      <span key={start} className={css.piece}>
        {text}
      </span>,
    );
    start = end;
  }
  return pieces;
}

function toReact(node: RootContent, index: number): ReactNode {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return null;
  const { className } = node.properties;
  return (
    <span key={index} className={Array.isArray(className) ? className.join(" ") : undefined}>
      {node.children.map(toReact)}
    </span>
  );
}
