import { readConfig } from "../../src/config.ts";
import { createDatabase } from "../../src/platform/postgres/prisma.ts";
import { startInsideApp, type InsideApp } from "./inside-app.ts";

type Node = Readonly<{
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  "Shared Hit Blocks": number;
  "Shared Read Blocks": number;
  Plans?: readonly Node[];
}>;

/** How PostgreSQL has run a statement. */
export type RunPlan = Readonly<{
  query: string;
  /** Tables that were read from their beginning to their end. */
  scanned: readonly string[];
  /** Rows that were read of tables, also those that a filter then left out. */
  rowsRead: number;
  /** Pages of 8 KiB that were looked at. */
  buffers: number;
}>;

/** An API inside the test's own process, which tells how PostgreSQL runs what it sends. */
export type ExplainedApp = InsideApp &
  Readonly<{
    /** The plans of all statements while something is done. */
    plansOf(work: () => Promise<unknown>): Promise<RunPlan[]>;
  }>;

/** PostgreSQL's own module notices the plan of each statement as it was run, with its values, to who sent it. */
const AUTO_EXPLAIN = {
  session_preload_libraries: "auto_explain",
  client_min_messages: "notice",
  "auto_explain.log_level": "notice",
  "auto_explain.log_min_duration": "0",
  "auto_explain.log_analyze": "on",
  "auto_explain.log_buffers": "on",
  "auto_explain.log_timing": "off",
  "auto_explain.log_format": "json",
};

/** @param env the settings of a Colloquy */
export async function startExplainedApp(env: Readonly<Record<string, string>>): Promise<ExplainedApp> {
  const config = readConfig({ ...env, LOG_LEVEL: "silent" });
  let plans: RunPlan[] = [];
  const db = createDatabase({
    ...config.database,
    settings: AUTO_EXPLAIN,
    onNotice(message) {
      const at = message.indexOf("{");
      if (at >= 0) plans.push(readPlan(message.slice(at)));
    },
  });
  const app = await startInsideApp("explained", config, db);
  return {
    ...app,
    async plansOf(work) {
      plans = [];
      await work();
      return plans;
    },
  };
}

function readPlan(json: string): RunPlan {
  const { "Query Text": query, Plan: root } = JSON.parse(json) as { "Query Text": string; Plan: Node };
  const nodes: Node[] = [];
  const visit = (node: Node) => {
    nodes.push(node);
    node.Plans?.forEach(visit);
  };
  visit(root);
  const reads = nodes.filter((node) => node["Relation Name"] !== undefined && node["Node Type"].endsWith("Scan"));
  return {
    query,
    scanned: reads.filter((node) => node["Node Type"] === "Seq Scan").map((node) => node["Relation Name"] ?? ""),
    rowsRead: reads.reduce((sum, node) => sum + rowsOf(node), 0),
    buffers: root["Shared Hit Blocks"] + root["Shared Read Blocks"],
  };
}

const rowsOf = (node: Node): number =>
  node["Actual Loops"] *
  (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0));
