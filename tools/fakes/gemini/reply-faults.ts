import type { Reply } from "./content-steps.ts";
import type { Fault } from "./directives.ts";
import type { Script, Step } from "./script.ts";

/** The steps of a reply that the fault, if there is one, breaks. */
export function breakReply({ before, text, end }: Reply, fault: Fault | undefined): Script {
  if (!fault) return [...before, ...text, ...(end ? [end] : [])];
  if (fault.afterThoughts !== undefined) return [...firstThoughts(before, fault.afterThoughts), ...fault.steps];
  if (fault.after === 0 && fault.steps.some(refuses)) return fault.steps;
  return [...before, ...firstChunks(text, fault.after ?? Number.POSITIVE_INFINITY), ...fault.steps];
}

/** An answer that has no content at all. */
const refuses = (step: Step): boolean =>
  ["status", "outage", "invalidKey", "blockPrompt"].some((name) => Object.hasOwn(step, name));

function firstThoughts(steps: readonly Step[], count: number): Step[] {
  return steps.slice(0, 1).flatMap((step) => {
    if (!("think" in step)) return [];
    const think = step.think.slice(0, count);
    const forMs = ((step.forMs ?? 0) * think.length) / Math.max(1, step.think.length);
    return [{ ...step, think, forMs }];
  });
}

/** The steps up to that many chunks of text. */
function firstChunks(steps: readonly Step[], count: number): Step[] {
  const kept: Step[] = [];
  let left = count;
  for (const step of steps) {
    if (left <= 0) break;
    const chunks = "chunks" in step ? step.chunks.slice(0, left) : [];
    left -= chunks.length;
    kept.push("chunks" in step ? { ...step, chunks } : step);
  }
  return kept;
}
