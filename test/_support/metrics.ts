import type { TestProcess } from "./processes.ts";

/** What a process says of itself: each series with its value. It needs `METRICS_PORT`. */
export async function readMetrics(process: TestProcess): Promise<ReadonlyMap<string, number>> {
  const { metricsPort } = await process.whenLogged((line) => line["metricsPort"] !== undefined);
  const text = await (await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

/** Sums the series of a name, or those of them that have a label. */
export const sumOf = (metrics: ReadonlyMap<string, number>, name: string, label = ""): number =>
  [...metrics].reduce(
    (sum, [key, value]) => (key.startsWith(`${name}{`) && key.includes(label) ? sum + value : sum),
    0,
  );
