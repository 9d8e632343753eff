import { expect, onTestFinished, test, vi } from 'vitest';
import type { HiddenRange } from '../../src/filter/filter-store.ts';
import { HiddenRecordsWatch } from '../../src/filter/hidden-records-watch.ts';

function setUp(looks: readonly (readonly (readonly [from: number, to: number])[] | 'no answer')[]) {
  vi.useFakeTimers();
  const left = [...looks];
  const seen: (number | undefined)[] = [];
  const watch = new HiddenRecordsWatch({
    async readHidden() {
      const look = left.shift() ?? [];
      if (look === 'no answer') {
        throw new Error(look);
      }
      return look.map(([from, to]): HiddenRange => {
        return { topic: 'latest', partition: 3, from, to, problem: `${from} to ${to}` };
      });
    },
    owned: () => [3],
    onHidden: (_topic, _partition, records) => seen.push(records),
    intervalMs: 1_000,
  });
  onTestFinished(() => {
    watch.stop();
    vi.useRealTimers();
  });
  return { watch, seen, pass: (looksMore: number) => vi.advanceTimersByTimeAsync(looksMore * 1_000) };
}

test('one transaction after the other hides nothing that counts', async () => {
  const { watch, seen, pass } = setUp([[[5, 9]], [[9, 14]], [[14, 14]]]);
  await pass(2);
  expect([seen, watch.reasonAt(3)]).toEqual([[0, 0, 0], undefined]);
});

test('a transaction that is open since the look before counts until it ends, with what is written behind it', async () => {
  const { watch, seen, pass } = setUp([[[5, 9]], [[5, 12]], [[12, 12]]]);
  await pass(1);
  expect([seen, watch.reasonAt(3), watch.reasonAt(4)]).toEqual([[0, 7], '5 to 12', undefined]);
  await pass(1);
  expect([seen.at(-1), watch.reasonAt(3)]).toEqual([0, undefined]);
});

test('what is not known is not told, and what is no longer owned neither', async () => {
  const { watch, seen, pass } = setUp([[[5, 9]], [[5, 9]], 'no answer', [[5, 9]], []]);
  await pass(2);
  expect([seen, watch.reasonAt(3)]).toEqual([[0, 4, undefined], undefined]);
  await pass(2);
  expect(seen).toEqual([0, 4, undefined, 0, undefined]);
});
