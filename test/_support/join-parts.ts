import type { PartsChunk, PartsPosition } from "./client.ts";

/** What a client has of a reply that it follows with thoughts and activities. */
export type Followed = Readonly<{
  attempt: number;
  text: string;
  thought: string;
  activities: PartsChunk["activities"];
}>;

export const NOTHING_YET: Followed = { attempt: 0, text: "", thought: "", activities: [] };

/** What a client makes of the chunks of a reply, by the rule in the schema. @throws {Error} for a hole */
export function joinParts(chunks: readonly PartsChunk[], start: Followed = NOTHING_YET): Followed {
  let { attempt, text, thought, activities } = start;
  for (const chunk of chunks) {
    if (chunk.attempt < attempt) throw new Error(`a chunk of attempt ${chunk.attempt} after ${attempt}`);
    if (chunk.attempt > attempt) ({ text, thought, activities } = NOTHING_YET);
    ({ attempt } = chunk);
    const { offset, activity } = chunk;
    if (offset > text.length || (chunk.thought?.offset ?? 0) > thought.length || activity > activities.length) {
      throw new Error(`a hole before ${JSON.stringify(chunk)}`);
    }
    text = text.slice(0, offset) + chunk.text;
    if (chunk.thought) thought = thought.slice(0, chunk.thought.offset) + chunk.thought.text;
    activities = [...activities.slice(0, activity), ...chunk.activities];
  }
  return { attempt, text, thought, activities };
}

/** Where a client goes on that has this. */
export const positionOf = ({ attempt, text, thought, activities }: Followed): PartsPosition => ({
  attempt,
  offset: text.length,
  thoughtOffset: thought.length,
  activity: activities.length,
});
