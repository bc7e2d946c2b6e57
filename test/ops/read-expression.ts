const KEYWORDS = new Set(["by", "without", "on", "ignoring", "and", "or", "unless", "bool", "offset", "group_left"]);

/** The metrics that a PromQL expression names, and the labels that it selects and groups them by. */
export function readExpression(expression: string): Record<"metrics" | "selected" | "grouped", ReadonlySet<string>> {
  const metrics = new Set<string>();
  const selected = new Set<string>();
  const grouped = new Set<string>();
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\[[^\]]*\]/g, "")
    .replace(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g, (_, labels: string) => {
      for (const label of labels.split(",")) grouped.add(label.trim());
      return "";
    });
  for (const [, name = "", selector = ""] of bare.matchAll(/([a-zA-Z_:][\w:]*)(\{[^}]*\}|(?!\s*\()(?![\w:]))/g)) {
    if (KEYWORDS.has(name)) continue;
    metrics.add(name);
    for (const [, label = ""] of selector.matchAll(/(\w+)\s*[=!]/g)) selected.add(label);
  }
  return { metrics, selected, grouped };
}
