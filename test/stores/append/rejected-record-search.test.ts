import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RejectedRecordSearch } from '../../../src/stores/append/rejected-record-search.ts';

/** Sends the records in order. @returns the number of records in each request */
function send(records: readonly boolean[]): { readonly sizes: number[]; readonly rejected: number } {
  const search = new RejectedRecordSearch();
  const sizes: number[] = [];
  let rejected = 0;
  for (let head = 0; head < records.length; ) {
    const batch = records.slice(head, head + Math.min(1000, search.limit));
    sizes.push(batch.length);
    if (!batch.includes(true)) {
      search.stored(batch.length);
      head += batch.length;
    } else if (batch.length === 1) {
      search.removed(1);
      rejected += 1;
      head += 1;
    } else {
      search.rejected(batch.length);
    }
  }
  return { sizes, rejected };
}

describe('RejectedRecordSearch', () => {
  it('sets no limit while nothing is rejected', () => {
    expect(send(Array.from({ length: 2500 }, () => false)).sizes).toEqual([1000, 1000, 500]);
  });

  it('halves a rejected batch until the bad record is alone, and lets batches grow again behind it', () => {
    expect(send([false, true, ...Array.from({ length: 6 }, () => false)]).sizes).toEqual([
      8, 4, 2, 1, 2, 1, 1, 2, 3,
    ]);
  });

  it('sets no limit any more when the last suspect is gone, and not before', () => {
    const search = new RejectedRecordSearch();
    const limits = ['rejected', 'removed', 'removed', 'rejected', 'stored', 'stored'] as const;
    const seen = limits.map((step) => {
      search[step](step === 'rejected' ? 8 : 4);
      return search.limit;
    });
    expect(seen).toEqual([4, 4, Number.POSITIVE_INFINITY, 4, 8, Number.POSITIVE_INFINITY]);
  });

  it('rejects every bad record, and only those', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (records) => {
        expect(send(records).rejected).toBe(records.filter(Boolean).length);
      }),
    );
  });
});
