/** Offsets of replayed dead letters in one partition, in any order. */
export interface CompletedRanges {
  has(offset: number): boolean;
  add(offset: number): void;
  /** Marks all offsets below this one as done, because their records no longer exist. */
  raise(to: number): void;
  /** The lowest offset that is not done. */
  readonly base: number;
  /** Encodes the ranges above `base` as text. If the text would be too long, the highest ranges are omitted. */
  encode(maxCharacters: number): { readonly text: string; readonly skippedCount: number };
}

const prefix = 'done:';

/**
 * Tracks which offsets are done. A consumer group stores only one offset per partition, and all offsets below that
 * one are done. Ranges above that offset are stored in the commit metadata, as `gap.length` pairs in base 36.
 *
 * @param text metadata of an earlier commit; if the text has another format, no offset above the base is done
 */
export function createCompletedRanges(base: number, text = ''): CompletedRanges {
  let lowestOffset = base;
  /** Start and end (exclusive) of each range. The ranges are sorted and separated by gaps. */
  const ranges: [number, number][] = [];
  for (const rangeText of text.startsWith(prefix) && text !== prefix
    ? text.slice(prefix.length).split(',')
    : []) {
    const [gap = Number.NaN, length = Number.NaN] = rangeText
      .split('.')
      .map((part) => Number.parseInt(part, 36));
    const rangeStart = (ranges.at(-1)?.[1] ?? base) + gap;
    if (!(gap > 0 && length > 0)) {
      break;
    }
    ranges.push([rangeStart, rangeStart + length]);
  }

  function findIndex(offset: number): number {
    const index = ranges.findIndex(([, end]) => offset < end);
    return index === -1 ? ranges.length : index;
  }

  function has(offset: number): boolean {
    return offset < lowestOffset || offset >= (ranges[findIndex(offset)]?.[0] ?? Number.POSITIVE_INFINITY);
  }

  function advanceLowestOffset(to: number): void {
    lowestOffset = Math.max(lowestOffset, to);
    for (let [first] = ranges; first !== undefined && first[0] <= lowestOffset; [first] = ranges) {
      lowestOffset = Math.max(lowestOffset, first[1]);
      ranges.shift();
    }
  }

  function add(offset: number): void {
    if (has(offset)) {
      return;
    }
    const index = findIndex(offset);
    const previousRange = ranges[index - 1];
    const nextRange = ranges[index];
    const rangeStart = previousRange?.[1] === offset ? previousRange[0] : offset;
    const end = nextRange?.[0] === offset + 1 ? nextRange[1] : offset + 1;
    const firstIndex = rangeStart === offset ? index : index - 1;
    ranges.splice(firstIndex, (rangeStart === offset ? 0 : 1) + (end === offset + 1 ? 0 : 1), [
      rangeStart,
      end,
    ]);
    advanceLowestOffset(lowestOffset);
  }

  return {
    get base() {
      return lowestOffset;
    },
    has,
    add,
    raise: advanceLowestOffset,
    encode(maxCharacters) {
      let encodedRanges = prefix;
      let previousEnd = lowestOffset;
      for (const [index, [begin, end]] of ranges.entries()) {
        const encodedRange = `${index === 0 ? '' : ','}${(begin - previousEnd).toString(36)}.${(end - begin).toString(36)}`;
        if (encodedRanges.length + encodedRange.length > maxCharacters) {
          const skippedCount = ranges.slice(index).reduce((sum, [from, to]) => sum + to - from, 0);
          return { text: encodedRanges, skippedCount };
        }
        encodedRanges += encodedRange;
        previousEnd = end;
      }
      return { text: encodedRanges, skippedCount: 0 };
    },
  };
}
