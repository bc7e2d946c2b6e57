import type { Token, Tokens } from "marked";
import { Fragment, memo, useDeferredValue, useMemo, useState, type ReactNode } from "react";
import { ScrollBox } from "../ui/scroll-box.tsx";
import type { CiteToken } from "./cite-marks.ts";
import { CiteMark } from "./cite-mark.tsx";
import { CodeBlock } from "./code-block.tsx";
import { createGrowingBlocks, hasDefinitions, readBlocks, type Blocks } from "./markdown-blocks.ts";
import css from "./markdown.module.css";

type Props = {
  text: string;
  /** It is still written: what is open at its end is shown as if it were closed. */
  growing?: boolean;
};

/** Groups of a long text that are drawn at once, from its end, where the reader is; the others follow while nothing else is to do. */
const AT_ONCE = 2;

/**
 * Markdown as React elements; HTML in it is shown as text. Of a long text that grows only the last blocks are read and drawn
 * again, and none is made anew when it has ended.
 */
export function Markdown({ text, growing = false }: Props) {
  const [read] = useState(createGrowingBlocks);
  const linked = !growing && hasDefinitions(text);
  const groups = useMemo(() => (linked ? readBlocks(text) : read(text, growing)), [text, growing, linked, read]);
  const whole = useDeferredValue(true, false);
  const first = whole ? 0 : Math.max(0, groups.length - AT_ONCE);
  return (
    <div key={String(linked)} className={css.markdown} dir="auto">
      {groups.slice(first).map((blocks, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- blocks only grow at the end
        <Group key={first + at} blocks={blocks} growing={growing && first + at === groups.length - 1} />
      ))}
    </div>
  );
}

const Group = memo(({ blocks, growing }: { blocks: Blocks; growing: boolean }) =>
  blocks.map((token, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- blocks only grow at the end
    <Block key={index} token={token} growing={growing && index === blocks.length - 1} />
  )),
);

const Block = memo(
  ({ token, growing }: { token: Token; growing: boolean }) => render(token, growing),
  (before, after) => before.token.raw === after.token.raw && before.growing === after.growing,
);

const all = (tokens: readonly Token[] | undefined): ReactNode =>
  // oxlint-disable-next-line react/no-array-index-key -- the tokens of one source
  tokens?.map((token, index) => <Fragment key={index}>{render(token)}</Fragment>);

function render(token: Token, growing = false): ReactNode {
  switch (token.type) {
    case "heading":
      return heading(token as Tokens.Heading);
    case "paragraph":
      return <p>{all(token.tokens)}</p>;
    case "list":
      return list(token as Tokens.List);
    case "code":
      return <CodeBlock code={token.text as string} language={languageOf(token as Tokens.Code)} growing={growing} />;
    case "blockquote":
      return <blockquote>{all(token.tokens)}</blockquote>;
    case "table":
      return table(token as Tokens.Table);
    case "hr":
      return <hr />;
    case "strong":
      return <strong>{all(token.tokens)}</strong>;
    case "em":
      return <em>{all(token.tokens)}</em>;
    case "del":
      return <del>{all(token.tokens)}</del>;
    case "codespan":
      return <code>{token.text as string}</code>;
    case "br":
      return <br />;
    case "link":
      return link(token as Tokens.Link);
    case "image":
      return image(token as Tokens.Image);
    case "cite":
      return <CiteMark numbers={(token as CiteToken).numbers} />;
    case "space":
      return null;
    case "text":
      return token.tokens ? all(token.tokens) : unescape(token.text as string);
    default:
      return "text" in token ? (token.text as string) : token.raw;
  }
}

const languageOf = ({ lang }: Tokens.Code): string => lang?.split(/\s/)[0] ?? "";

function heading({ depth, tokens }: Tokens.Heading): ReactNode {
  // The room's title is the page's first heading.
  const Level = `h${Math.min(depth + 1, 6)}` as "h2";
  return <Level>{all(tokens)}</Level>;
}

function list({ ordered, start, items }: Tokens.List): ReactNode {
  const entries = items.map((item, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- the items of one source
    <li key={index}>
      {item.task && <input type="checkbox" checked={item.checked ?? false} readOnly disabled />} {all(item.tokens)}
    </li>
  ));
  return ordered ? <ol start={Number(start) || 1}>{entries}</ol> : <ul>{entries}</ul>;
}

function table({ header, rows }: Tokens.Table): ReactNode {
  const row = (cells: readonly Tokens.TableCell[], Cell: "td" | "th") =>
    cells.map(({ tokens, align }, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- the cells of one source
      <Cell key={index} data-align={align ?? undefined}>
        {all(tokens)}
      </Cell>
    ));
  return (
    <ScrollBox className={css.table} aria-label="Table">
      <table>
        <thead>
          <tr>{row(header, "th")}</tr>
        </thead>
        <tbody>
          {rows.map((cells, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- the rows of one source
            <tr key={index}>{row(cells, "td")}</tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function link({ href, text, tokens }: Pick<Tokens.Link, "href" | "text"> & { tokens?: Token[] }): ReactNode {
  const shown = tokens && tokens.length > 0 ? all(tokens) : text;
  if (!/^(https?:|mailto:)/i.test(href)) return shown;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {shown}
    </a>
  );
}

/** A link: nothing is loaded from elsewhere. */
const image = ({ href, text }: Tokens.Image): ReactNode => link({ href, text: text || href });

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};
const unescape = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
