/** The offsets of one partition that are done. They may become done in any order. */
export interface DoneRanges {
  has(offset: number): boolean;
  add(offset: number): void;
  /** Counts all offsets below this as done, because they no longer exist. */
  raise(to: number): void;
  /** The lowest offset that is not done. */
  readonly base: number;
  /** The ranges above `base` as text. When it would get too long, the highest ranges are left out. */
  encode(maxCharacters: number): { readonly text: string; readonly skippedCount: number };
}

const prefix = 'done:';

/**
 * A consumer group keeps one offset for a partition: everything below it is done. The ranges that are done above it go
 * into the metadata of the commit, as `gap.length` pairs in base 36.
 *
 * @param text metadata of an earlier commit; any other text means that nothing above the base is done
 */
export function createDoneRanges(base: number, text = ''): DoneRanges {
  let lowest = base;
  /** Begin and end (exclusive) of each range, sorted, with gaps between them. */
  const ranges: [number, number][] = [];
  for (const pair of text.startsWith(prefix) && text !== prefix ? text.slice(prefix.length).split(',') : []) {
    const [gap = Number.NaN, length = Number.NaN] = pair.split('.').map((part) => Number.parseInt(part, 36));
    const begin = (ranges.at(-1)?.[1] ?? base) + gap;
    if (!(gap > 0 && length > 0)) {
      break;
    }
    ranges.push([begin, begin + length]);
  }

  function findIndex(offset: number): number {
    const index = ranges.findIndex(([, end]) => offset < end);
    return index === -1 ? ranges.length : index;
  }

  function has(offset: number): boolean {
    return offset < lowest || offset >= (ranges[findIndex(offset)]?.[0] ?? Number.POSITIVE_INFINITY);
  }

  function raise(to: number): void {
    lowest = Math.max(lowest, to);
    for (let [first] = ranges; first !== undefined && first[0] <= lowest; [first] = ranges) {
      lowest = Math.max(lowest, first[1]);
      ranges.shift();
    }
  }

  function add(offset: number): void {
    if (has(offset)) {
      return;
    }
    const index = findIndex(offset);
    const before = ranges[index - 1];
    const after = ranges[index];
    const begin = before?.[1] === offset ? before[0] : offset;
    const end = after?.[0] === offset + 1 ? after[1] : offset + 1;
    const first = begin === offset ? index : index - 1;
    ranges.splice(first, (begin === offset ? 0 : 1) + (end === offset + 1 ? 0 : 1), [begin, end]);
    raise(lowest);
  }

  return {
    get base() {
      return lowest;
    },
    has,
    add,
    raise,
    encode(maxCharacters) {
      let encoded = prefix;
      let previousEnd = lowest;
      for (const [index, [begin, end]] of ranges.entries()) {
        const pair = `${index === 0 ? '' : ','}${(begin - previousEnd).toString(36)}.${(end - begin).toString(36)}`;
        if (encoded.length + pair.length > maxCharacters) {
          const skippedCount = ranges.slice(index).reduce((sum, [from, to]) => sum + to - from, 0);
          return { text: encoded, skippedCount };
        }
        encoded += pair;
        previousEnd = end;
      }
      return { text: encoded, skippedCount: 0 };
    },
  };
}
