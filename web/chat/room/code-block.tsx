import type { RootContent } from "hast";
import { Check, Copy } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { IconButton } from "../ui/icon-button.tsx";
import { ScrollBox } from "../ui/scroll-box.tsx";
import { withoutMarks } from "./cite-marks.ts";
import css from "./code-block.module.css";
import { useCopied } from "./use-copied.ts";

/** Longer code is shown in one colour: it is highlighted as a whole each time it grows. */
const LONGEST = 20_000;

export function CodeBlock({ code: marked, language }: { code: string; language: string }) {
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
          <code>{useHighlighted(code, language)}</code>
        </pre>
      </ScrollBox>
    </figure>
  );
}

/** The code in colours, once the highlighter is loaded; until then as it is. */
function useHighlighted(code: string, language: string): ReactNode {
  const [shown, setShown] = useState<{ code: string; nodes: ReactNode }>();
  useEffect(() => {
    if (language === "" || code.length > LONGEST) return;
    let current = true;
    void import("./highlight.ts").then(({ highlight }) => {
      const nodes = highlight(code, language);
      if (current && nodes) setShown({ code, nodes: nodes.map(toReact) });
    });
    return () => {
      current = false;
    };
  }, [code, language]);
  if (!shown || !code.startsWith(shown.code)) return code;
  return [shown.nodes, code.slice(shown.code.length)];
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
