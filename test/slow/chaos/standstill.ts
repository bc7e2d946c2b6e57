/** The longest time in which somebody waited and nothing came, over all users. */
export type Standstill = Readonly<{
  /** Begins somebody's wait. @returns what is called whenever something comes, with what is waited for next */
  begin(what: string): (next: string) => void;
  longest(): Readonly<{ ms: number; what: string }>;
}>;

export function createStandstill(): Standstill {
  let longest = { ms: 0, what: "" };
  return {
    longest: () => longest,
    begin(first) {
      let [what, since] = [first, performance.now()];
      return (next) => {
        const ms = performance.now() - since;
        if (ms > longest.ms) longest = { ms, what };
        [what, since] = [next, performance.now()];
      };
    },
  };
}
