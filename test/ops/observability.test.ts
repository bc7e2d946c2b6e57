import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { readMetrics, sumOf } from "../_support/metrics.ts";
import { readExpression } from "./read-expression.ts";

const read = (path: string) => readFileSync(join(import.meta.dirname, "../..", path), "utf8");

const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string().regex(/^Colloquy[A-Z]\w+$/),
          expr: z.string(),
          labels: z.object({ severity: z.enum(["page", "ticket"]) }),
          annotations: z.object({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});
const Dashboard = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
    }),
  ),
});

const alerts = Rules.parse(parse(read("ops/prometheus/rules.yml"))).groups.flatMap(({ rules }) => rules);
const panels = Dashboard.parse(JSON.parse(read("ops/grafana-dashboard.json"))).panels.filter(
  ({ targets }) => targets.length > 0,
);
const expressions = [
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];
/** What Prometheus itself adds. */
const TARGET_LABELS = ["job", "instance"];

describe("what an API and a worker serve", () => {
  let colloquy: Colloquy;
  /** Each metric with its labels. */
  const served = new Map<string, Set<string>>([["up", new Set()]]);

  beforeAll(async () => {
    colloquy = await startColloquy({ env: { METRICS_PORT: "0" } });
    const alice = await colloquy.signIn();
    const { replyId } = await alice.send(await alice.createRoom(), "A question");
    await alice.watchReply(replyId).completed;
    const [api, worker] = [colloquy.apis[0]!, colloquy.workers[0]!];
    // The job ends a moment after its reply.
    const isCounted = async () => expect(sumOf(await readMetrics(worker), "colloquy_jobs_total")).toBe(1);
    await vi.waitFor(isCounted, { timeout: 30_000 });
    for (const process of [api, worker])
      for (const series of (await readMetrics(process)).keys()) {
        const [, name = "", labels = ""] = /^([^{]+)(?:\{(.*)\})?$/.exec(series) ?? [];
        const known = served.get(name) ?? new Set();
        for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) known.add(label);
        served.set(name, known);
      }
  });
  afterAll(() => colloquy.close());

  test.each(expressions)("has the metrics and labels of: %s", (_, expression) => {
    const { metrics, selected, grouped } = readExpression(expression);
    expect(metrics.size).toBeGreaterThan(0);
    expect([...metrics].filter((name) => !served.has(name))).toEqual([]);
    const labels = new Set(TARGET_LABELS);
    for (const name of metrics) for (const label of served.get(name) ?? []) labels.add(label);
    expect([...selected, ...grouped].filter((label) => !labels.has(label))).toEqual([]);
  });

  test("does not take the names of labels that Prometheus adds", () => {
    expect([...served].filter(([, labels]) => TARGET_LABELS.some((label) => labels.has(label)))).toEqual([]);
  });
});

test("every alert has a section in docs/OPERATIONS.md, and no section is about another", () => {
  const sections = [...read("docs/OPERATIONS.md").matchAll(/^### (Colloquy\w+)$/gm)].map(([, name]) => name ?? "");
  expect(alerts.map(({ alert }) => alert)).toEqual(sections);
  for (const { alert, annotations } of alerts)
    expect(annotations.runbook).toBe(`docs/OPERATIONS.md#${alert.toLowerCase()}`);
});

test("the legend of each panel names labels of its expression", () => {
  for (const { title, targets } of panels)
    for (const { expr, legendFormat } of targets) {
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? "");
      const { grouped } = readExpression(expr);
      expect([title, named.filter((label) => !grouped.has(label))]).toEqual([title, []]);
    }
});

const missing = spawnSync("promtool", ["--version"]).error !== undefined;

describe.skipIf(missing)(`promtool${missing ? " (Debian's package prometheus is not installed here)" : ""}`, () => {
  const dir = mkdtempSync(join(tmpdir(), "colloquy-promtool-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  const promtool = (...args: string[]) => execFileSync("promtool", args, { encoding: "utf8" });

  test("accepts the configuration and the alerts", () => {
    expect(promtool("check", "config", "ops/prometheus/prometheus.yml")).toContain("SUCCESS");
  });

  test("accepts the expression of each panel", () => {
    const rules = panels
      .flatMap(({ targets }) => targets)
      .map(({ expr }, at) => ({ record: `panel:${at}`, expr: expr.replaceAll("$__rate_interval", "5m") }));
    const path = join(dir, "panels.json");
    writeFileSync(path, JSON.stringify({ groups: [{ name: "panels", rules }] }));
    expect(promtool("check", "rules", path)).toContain(`${rules.length} rules found`);
  });

  test("sees alerts fire, and be quiet", () => {
    expect(promtool("test", "rules", "test/ops/alerts.yml")).toContain("SUCCESS");
  });
});
