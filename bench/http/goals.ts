import { show } from "../_support/numbers.ts";
import type { Summary } from "./summary.ts";

const OF_LIMIT = 0.8;
const OF_EXPRESS = 0.8;
const TAIL = 5;
const BLOCK_MS = 20;
const OURS = ["list", "new-list", "room", "send"];

/** Each goal with what was found, as a list. */
export function judgeGoals(summaries: readonly Summary[]): string {
  const find = (name: string) => summaries.find((summary) => summary.name === name);
  const lines: string[] = [];
  const say = (met: boolean, text: string) => lines.push(`- ${met ? "met" : "**missed**"}: ${text}`);

  function compare(name: string, yardstick: string, factor: number, what: string): void {
    const [own, other] = [find(name), find(yardstick)];
    if (!own || !other) return;
    const ratio = own.perSecond / other.perSecond;
    say(ratio >= factor, `${what}: ${show(ratio)}×, at least ${factor}`);
  }
  compare("list", "constant", OF_LIMIT, "a list asked for before, beside Yoga's constant");
  compare("list", "list-express", OF_EXPRESS, "the same beside Express");
  compare("send", "send-express", OF_EXPRESS, "a message, stored, beside the route that only enqueues");
  for (const own of OURS.map(find)) {
    if (!own) continue;
    say(own.p99 < own.p50 * TAIL, `${own.name}, p99 under ${TAIL}× p50: ${show(own.p99 / own.p50)}×`);
    say(own.block <= BLOCK_MS, `${own.name}, no block of the event loop over ${BLOCK_MS} ms: ${show(own.block)} ms`);
  }
  return lines.length > 0 ? lines.join("\n") : "- none was measured";
}
