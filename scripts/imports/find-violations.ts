import type { Import, ImportGraph } from "./import-graph.ts";
import type { ImportRule } from "./import-rules.ts";

export type Violation = Readonly<{
  rule: string;
  why: string;
  /** From the module at fault to what it may not reach; a cycle ends where it began. */
  chain: readonly string[];
  /** Of the first import of the chain. */
  line: number;
}>;

const NO_CYCLES = {
  rule: "no-cycles",
  why: "Of modules that import each other in a circle, none can be understood or loaded by itself.",
} as const;

/** Every break of the rules, and every cycle: the shortest chain for each module and rule. */
export function findViolations(graph: ImportGraph, rules: readonly ImportRule[]): Violation[] {
  const broken = rules.flatMap((rule) =>
    [...graph.keys()]
      .filter((module) => rule.from.test(module))
      .flatMap((module) => {
        const chain = findChain(graph, module, (to) => rule.forbids(to, module), rule);
        return chain ? [{ rule: rule.name, why: rule.why, ...chain }] : [];
      }),
  );
  return [...broken, ...findCycles(graph)];
}

type Limits = Pick<ImportRule, "transitive" | "exceptTypes">;

/** Breadth first, so that the chain found is a shortest one. */
function findChain(graph: ImportGraph, start: string, isEnd: (module: string) => boolean, limits: Limits) {
  const queue = [{ module: start, chain: [start], line: 0 }];
  const seen = new Set<string>();
  for (const { module, chain, line } of queue) {
    for (const next of followed(graph.get(module), limits)) {
      const step = { module: next.to, chain: [...chain, next.to], line: line || next.line };
      if (isEnd(next.to)) return { chain: step.chain, line: step.line };
      if (limits.transitive && !seen.has(next.to)) queue.push(step);
      seen.add(next.to);
    }
  }
  return undefined;
}

function followed(imports: readonly Import[] = [], limits: Limits): readonly Import[] {
  return limits.exceptTypes ? imports.filter((one) => !one.typeOnly) : imports;
}

/** Generated code is not ours to straighten. */
function findCycles(graph: ImportGraph): Violation[] {
  const known = new Set<string>();
  const cycles: Violation[] = [];
  for (const module of graph.keys()) {
    if (known.has(module) || module.includes("/generated/")) continue;
    const found = findChain(graph, module, (to) => to === module, { transitive: true });
    if (!found) continue;
    found.chain.forEach((member) => known.add(member));
    cycles.push({ ...NO_CYCLES, ...found });
  }
  return cycles;
}
