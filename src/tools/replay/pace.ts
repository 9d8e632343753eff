import { setTimeout as delay } from 'node:timers/promises';
import type { PlacedRecord } from '../../ports/record-reader.ts';
import type { Clock } from '../../runtime/clock.ts';

export const mostEventsAtOnce = 1_000;
const mostBytesAtOnce = 1024 * 1024;
const sharesOfSecond = 10;

/** Spreads events over time: what a slow store has held up is not made up for. */
export function createPace(rate: number | undefined, clock: Clock) {
  let freeAt = Number.NEGATIVE_INFINITY;
  return {
    mostAtOnce:
      rate === undefined
        ? mostEventsAtOnce
        : Math.min(mostEventsAtOnce, Math.max(1, Math.floor(rate / sharesOfSecond))),
    /** Until so many may go; ends early at the signal. */
    async wait(count: number, signal: AbortSignal): Promise<void> {
      if (rate === undefined) {
        return;
      }
      const now = clock.now();
      const goesAt = Math.max(now, freeAt);
      freeAt = goesAt + (count * 1_000) / rate;
      if (goesAt > now) {
        await delay(goesAt - now, undefined, { signal }).catch(() => {});
      }
    },
  };
}

/**
 * As many at once as may be, of several batches together: a store may take a second for each append, however small. Not more
 * than that, nor than a mebibyte, unless one event has more.
 */
export async function* toChunks(
  batches: AsyncIterable<readonly PlacedRecord[]> | Iterable<readonly PlacedRecord[]>,
  mostAtOnce: number,
): AsyncGenerator<readonly PlacedRecord[]> {
  let chunk: PlacedRecord[] = [];
  let bytes = 0;
  for await (const batch of batches) {
    for (const record of batch) {
      const isFull = chunk.length >= mostAtOnce || bytes + record.value.length > mostBytesAtOnce;
      if (isFull && chunk.length > 0) {
        yield chunk;
        chunk = [];
        bytes = 0;
      }
      chunk.push(record);
      bytes += record.value.length;
    }
  }
  if (chunk.length > 0) {
    yield chunk;
  }
}
