import type { ReplyInParts } from "../reply/reply-parts.ts";

/** How long a text waits for what stands in it, in milliseconds. */
const HOLD_MS = 50;

/**
 * A text and the parts that stand in it come as two chunks, the text first. Who cannot take words back hears of both at
 * once: a text waits until its parts are there, the next text comes, or nothing does.
 */
export function holdText<Reply extends ReplyInParts>(take: (reply: Reply) => void) {
  let last: Reply | undefined;
  let held: Reply | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const release = () => {
    const reply = held;
    held = undefined;
    if (reply) take(reply);
  };

  return {
    take(reply: Reply): void {
      const hasParts =
        reply.thought.length !== (last?.thought.length ?? 0) ||
        reply.activities.length !== (last?.activities.length ?? 0);
      const hasText = reply.text.length !== (last?.text.length ?? 0);
      last = reply;
      clearTimeout(timer);
      if (hasText && !hasParts && !reply.message) {
        release();
        held = reply;
        timer = setTimeout(release, HOLD_MS);
      } else {
        held = undefined;
        take(reply);
      }
    },
    /** Forgets what waits. */
    stop: () => clearTimeout(timer),
  };
}
