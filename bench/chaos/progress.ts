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
  /** Whether one of each kind of part is there, from now on. */
  setSufficient(sufficient: boolean): void;
  /** From now on no part is away any more. */
  allBack(): void;
  results(): {
    /** Of one user. */
    longest: Standstill;
    /** Of all at once. */
    overall: Standstill;
    /** Of one user, while one of each kind of part was there all the time. */
    served: Standstill;
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
  let served = NONE;
  let afterwards = NONE;
  let sufficientSince = Number.POSITIVE_INFINITY;
  let backAt = Number.POSITIVE_INFINITY;
  let lastOfAll = begun;
  /** Notes the stretch that ends now, for each user who waits. */
  const waits = new Set<() => void>();

  const longer = (known: Standstill, who: string, what: string, from: number, to: number): Standstill =>
    to - from > known.ms ? { ms: to - from, who, what, from: from - begun } : known;

  return {
    begin(who, first) {
      let what = first;
      let last = now();
      if (waits.size === 0) lastOfAll = last;
      const noteServed = () => (served = longer(served, who, what, Math.max(last, sufficientSince), now()));
      waits.add(noteServed);
      const note = () => {
        const at = now();
        noteServed();
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
          waits.delete(noteServed);
        },
      };
    },
    setSufficient(sufficient) {
      if (!sufficient) for (const noteServed of waits) noteServed();
      sufficientSince = sufficient ? now() : Number.POSITIVE_INFINITY;
    },
    allBack: () => void (backAt = now()),
    results: () => ({ longest, overall, served, afterwards }),
  };
}
