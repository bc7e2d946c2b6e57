/** A frame that takes longer than two of 60 a second is slow, in milliseconds. */
const SLOW_MS = 40;
/** After a slow frame as much time is left free, times its own, and at most in milliseconds. */
const REST = { times: 6, mostMs: 400 };

export type FramePacer = Readonly<{
  /** Something is there to draw. */
  request(): void;
  stop(): void;
}>;

/**
 * Draws once a frame at most. What is slow to draw is drawn more rarely, so that the frames between stay free for who scrolls
 * and types.
 */
export function createFramePacer(draw: () => void): FramePacer {
  let wanted = false;
  let busy = false;
  let frame = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;

  function begin(began: number): void {
    wanted = false;
    draw();
    frame = requestAnimationFrame((drawn) => {
      const cost = drawn - began;
      if (cost > SLOW_MS) rest = setTimeout(goOn, Math.min(cost * REST.times, REST.mostMs));
      else if (wanted) begin(drawn);
      else busy = false;
    });
  }

  function goOn(): void {
    busy = wanted;
    if (wanted) frame = requestAnimationFrame(begin);
  }

  return {
    request() {
      wanted = true;
      if (!busy) goOn();
    },
    stop() {
      cancelAnimationFrame(frame);
      clearTimeout(rest);
    },
  };
}
