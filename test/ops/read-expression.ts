const KEYWORDS = new Set(["by", "without", "on", "ignoring", "and", "or", "unless", "bool", "offset", "group_left"]);

/** The metrics that a PromQL expression names, each with the labels that it is selected and grouped by. */
export function readExpression(expression: string): { metrics: Map<string, Set<string>>; grouped: Set<string> } {
  const grouped = new Set<string>();
  const metrics = new Map<string, Set<string>>();
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\[[^\]]*\]/g, "")
    .replace(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g, (_, labels: string) => {
      for (const label of labels.split(",")) grouped.add(label.trim());
      return "";
    });
  for (const [, name = "", selector = ""] of bare.matchAll(/([a-zA-Z_:][\w:]*)(\{[^}]*\}|(?!\s*\()(?![\w:]))/g)) {
    if (KEYWORDS.has(name)) continue;
    const labels = [...selector.matchAll(/(\w+)\s*[=!]/g)].map(([, label]) => label ?? "");
    metrics.set(name, new Set([...(metrics.get(name) ?? []), ...labels]));
  }
  return { metrics, grouped };
}
