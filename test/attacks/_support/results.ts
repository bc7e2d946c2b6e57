import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Latency, ProbeSample } from "./target.ts";

export type AttackResult = Readonly<{
  name: string;
  quiet: ProbeSample & { latency: Latency };
  during: Omit<ProbeSample, "rss"> & { peak: number; latency: Latency };
  after: { rss: number };
  note: string;
}>;

const ROOT = join(import.meta.dirname, "../../..");
const FILE = join(ROOT, ".data/attacks.jsonl");
const DOCUMENT = join(ROOT, "docs/SECURITY.md");
const [BEGIN, END] = ["<!-- attacks: npm run test:attacks -->\n", "<!-- end of attacks -->"];
const HEADER = `| attack | memory, MiB: quiet; peak; after | longest block, ms: quiet; during | others' median, ms: quiet; during | processor, s | what came of it |
|---|---|---|---|---:|---|
`;

/** Notes what an attack came to; the table is made of it when all are over. */
export function noteResult(result: AttackResult): void {
  mkdirSync(join(ROOT, ".data"), { recursive: true });
  appendFileSync(FILE, `${JSON.stringify(result)}\n`);
}

/** Vitest calls it before all attacks. @returns is called when they are over, and tells the table */
export default function collect(): () => void {
  rmSync(FILE, { force: true });
  return () => {
    if (!existsSync(FILE)) return;
    const table = HEADER + readFileSync(FILE, "utf8").trim().split("\n").map(rowOf).join("\n");
    process.stdout.write(`\n${table}\n`);
    if (process.env["ATTACKS_WRITE"] !== "1") return;
    const text = readFileSync(DOCUMENT, "utf8");
    const [before = "", rest = ""] = text.split(BEGIN);
    writeFileSync(DOCUMENT, `${before}${BEGIN}\n${table}\n\n${END}${rest.split(END)[1] ?? ""}`);
  };
}

function rowOf(line: string): string {
  const { name, quiet, during, after, note } = JSON.parse(line) as AttackResult;
  const [rss, peak, left] = [quiet.rss, during.peak, after.rss].map((mib) => mib.toFixed(0));
  const times = (one: number, other: number) => `${one.toFixed(1)}; ${other.toFixed(1)}`;
  return `| ${name} | ${rss}; ${peak}; ${left} | ${times(quiet.longest, during.longest)} | ${times(quiet.latency.p50, during.latency.p50)} | ${(during.cpu / 1_000).toFixed(1)} | ${note} |`;
}
