import { show } from "../_support/numbers.ts";
import type { IdleCost } from "./memory.ts";
import type { Summary } from "./summary.ts";

const FIRST_FACTOR = 1.5;
const FLUSH_MS = 25;
const CPU_FACTOR = 1.25;
const SUBSCRIBER_KB = 30;

/** Each goal with what was found, as a list. A case under overload says nothing about them. */
export function judgeGoals(summaries: readonly Summary[], idle: readonly IdleCost[] | undefined): string {
  const lines: string[] = [];
  const say = (met: boolean, text: string) => lines.push(`- ${met ? "met" : "**missed**"}: ${text}`);
  for (const own of summaries.filter(({ system, overload }) => system === "colloquy" && !overload)) {
    const limit = summaries.find(({ system, name }) => system === "bare" && name === own.name);
    if (!limit) continue;
    const firstGoal = limit.first.p50 * FIRST_FACTOR;
    const laterGoal = limit.later.p50 * FIRST_FACTOR + FLUSH_MS;
    say(
      own.first.p50 <= firstGoal,
      `${own.name}, first token within ${FIRST_FACTOR}× of the limit's p50: ${show(own.first.p50)} ms, at most ${show(firstGoal)}`,
    );
    say(
      own.later.p50 <= laterGoal,
      `${own.name}, later tokens within ${FLUSH_MS} ms + that: ${show(own.later.p50)} ms, at most ${show(laterGoal)}`,
    );
    if (own.perReply < 100) continue;
    say(
      own.cpuRatio <= CPU_FACTOR,
      `${own.name}, CPU of a delivery at most ${CPU_FACTOR}× the limit's: ${show(own.cpuRatio)}×${besideStock(own, summaries)}`,
    );
  }
  const memory = idle?.find(({ system }) => system === "colloquy");
  if (memory) {
    const worst = Math.max(memory.ownLog.rss, memory.sharedLog.rss) / 1_024;
    say(worst <= SUBSCRIBER_KB, `memory of an idle subscriber at most ${SUBSCRIBER_KB} KB: ${show(worst)} KB`);
  }
  return lines.length > 0 ? lines.join("\n") : "- none was measured";
}

function besideStock(own: Summary, summaries: readonly Summary[]): string {
  const stock = summaries.find(({ system, name }) => system === "stock" && name === own.name);
  return stock ? `; the stock way takes ${show(stock.cpuPerFrame / own.cpuPerFrame)} times as much as ours` : "";
}
