/** A table in Markdown that reads as well in a terminal. The first columns are text, the others numbers. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns = 1,
): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) => {
    const cells = widths.map((size, column) => {
      const text = row[column] ?? "";
      return column < textColumns ? text.padEnd(size) : text.padStart(size);
    });
    return `| ${cells.join(" | ")} |`;
  };
  const rules = widths.map((size, column) => "-".repeat(size + 1) + (column < textColumns ? "-" : ":"));
  return [line(header), `|${rules.join("|")}|`, ...rows.map(line)].join("\n");
}
