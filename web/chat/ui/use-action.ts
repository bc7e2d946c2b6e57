import { useCallback, useState } from "react";
import { describeError } from "../connection/describe-error.ts";

export type Action<Args extends unknown[]> = Readonly<{
  /** Runs it, once at a time. @returns whether it succeeded */
  run: (...args: Args) => Promise<boolean>;
  busy: boolean;
  /** What went wrong the last time, in words. */
  error: string | null;
  clear: () => void;
}>;

/** Something that a person does and waits for. */
export function useAction<Args extends unknown[]>(work: (...args: Args) => Promise<unknown>): Action<Args> {
  const [{ busy, error }, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  const run = async (...args: Args): Promise<boolean> => {
    if (busy) return false;
    setState({ busy: true, error: null });
    try {
      await work(...args);
      setState({ busy: false, error: null });
      return true;
    } catch (failure) {
      setState({ busy: false, error: describeError(failure) });
      return false;
    }
  };
  const clear = useCallback(() => setState((before) => ({ ...before, error: null })), []);
  return { run, busy, error, clear };
}
