/** The same in another order, by chance. */
export function shuffle<Each>(all: readonly Each[]): Each[] {
  return all
    .map((each) => [Math.random(), each] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, each]) => each);
}
