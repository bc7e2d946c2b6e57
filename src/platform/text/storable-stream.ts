import { toStorable } from "./text.ts";

/** Makes a text storable that comes in pieces, wherever these are cut. */
export type StorableStream = Readonly<{
  /** The storable part so far: half a surrogate pair at the end waits for its other half. */
  push(text: string): string;
  /** Whether this text, if it came now, would end with half a surrogate pair that waits. */
  isWaiting(text: string): boolean;
  /** The rest at the end of the stream: U+FFFD for half a pair, else nothing. */
  end(): string;
}>;

export function createStorableStream(): StorableStream {
  let half = "";
  return {
    isWaiting(text) {
      const all = half + text;
      return isHighSurrogate(all.charCodeAt(all.length - 1));
    },
    push(text) {
      const all = half + text;
      const end = all.length - (isHighSurrogate(all.charCodeAt(all.length - 1)) ? 1 : 0);
      half = all.slice(end);
      return toStorable(all.slice(0, end));
    },
    end() {
      const rest = toStorable(half);
      half = "";
      return rest;
    },
  };
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
