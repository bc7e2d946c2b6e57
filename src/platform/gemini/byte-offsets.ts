/** Where the bytes of a text are that only grows. */
export type ByteOffsets = Readonly<{
  /** Reads what has been added to the text. */
  extend(text: string): void;
  /** UTF-8 bytes before a UTF-16 code unit. */
  bytesBefore(unit: number): number;
  /** The last code unit that begins at this byte or before it. */
  unitAt(byte: number): number;
  /** The first code unit that begins at this byte or after it. */
  unitFrom(byte: number): number;
}>;

/** A storable text, so that no half of a surrogate pair stands alone. */
export function createByteOffsets(): ByteOffsets {
  let before = new Uint32Array(1_024);
  let length = 0;

  function grow(units: number): void {
    if (units < before.length) return;
    const grown = new Uint32Array(Math.max(units + 1, before.length * 2));
    grown.set(before);
    before = grown;
  }

  /** The first index, up to the text's end, whose bytes are as many or more. */
  function unitFrom(byte: number): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((before[middle] ?? 0) >= byte) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    extend(text) {
      grow(text.length);
      for (; length < text.length; length += 1) {
        before[length + 1] = (before[length] ?? 0) + bytesOf(text.charCodeAt(length));
      }
    },
    bytesBefore: (unit) => before[Math.min(unit, length)] ?? 0,
    unitFrom,
    unitAt(byte) {
      const next = unitFrom(byte);
      if ((before[next] ?? 0) <= byte) return next;
      // Of a pair, the first half.
      return before[next - 2] === before[next - 1] ? next - 2 : next - 1;
    },
  };
}

/** The four bytes of a pair count for its second half: both halves begin at the same byte. */
function bytesOf(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  if (unit >= 0xd800 && unit <= 0xdbff) return 0;
  return unit >= 0xdc00 && unit <= 0xdfff ? 4 : 3;
}
