/** A time in which somebody waited and nothing came, in milliseconds. */
export type Standstill = Readonly<{
  ms: number;
  who: string;
  what: string;
  /** Since the chaos began. */ from: number;
}>;

/** One user's wait, from the send until the reply is there. */
export type Wait = Readonly<{
  /** Something has come; `next` is what is waited for now. */
  moved(next: string): void;
  over(): void;
}>;

/** Measures how long users stand still while they wait. */
export type Progress = Readonly<{
  begin(who: string, what: string): Wait;
  /** From now on no part is away any more. */
  allBack(): void;
  results(): {
    /** Of one user. */
    longest: Standstill;
    /** Of all at once. */
    overall: Standstill;
    /** Of one user, counted from when all parts were back. */
    afterwards: Standstill;
  };
}>;

const NONE: Standstill = { ms: 0, who: "nobody", what: "", from: 0 };

/** @param trace hears of each step */
export function createProgress(trace: (step: string) => void, now: () => number = () => performance.now()): Progress {
  const begun = now();
  let longest = NONE;
  let overall = NONE;
  let afterwards = NONE;
  let backAt = Number.POSITIVE_INFINITY;
  let waiting = 0;
  let lastOfAll = begun;

  const longer = (known: Standstill, who: string, what: string, from: number, to: number): Standstill =>
    to - from > known.ms ? { ms: to - from, who, what, from: from - begun } : known;

  return {
    begin(who, first) {
      let what = first;
      let last = now();
      if (waiting === 0) lastOfAll = last;
      waiting += 1;
      const note = () => {
        const at = now();
        longest = longer(longest, who, what, last, at);
        afterwards = longer(afterwards, who, what, Math.max(last, backAt), at);
        overall = longer(overall, "everybody", what, lastOfAll, at);
        last = lastOfAll = at;
      };
      trace(`${who}: ${what}`);
      return {
        moved(next) {
          note();
          what = next;
          trace(`${who}: ${what}`);
        },
        over() {
          note();
          trace(`${who}: done`);
          waiting -= 1;
        },
      };
    },
    allBack: () => void (backAt = now()),
    results: () => ({ longest, overall, afterwards }),
  };
}
