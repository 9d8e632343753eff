import { expect, test } from 'vitest';
import { PendingAppend } from '../../src/append/pending-append.ts';
import { SinkError } from '../../src/sink/sink.ts';

function setUp(recordCount: number) {
  const settled: PendingAppend[] = [];
  const append = new PendingAppend(recordCount, 5_000, (each) => settled.push(each));
  return { append, settled };
}

test('it is settled by the last record, not before', async () => {
  const { append, settled } = setUp(3);
  append.stored();
  append.rejected(1, 'too_large');
  expect([append.settled, settled]).toEqual([false, []]);
  append.stored();
  expect([append.settled, settled]).toEqual([true, [append]]);
  expect(await append.promise).toEqual([{ index: 1, reason: 'too_large' }]);
});

test('records that are all stored leave nothing rejected', async () => {
  const { append } = setUp(2);
  append.stored();
  append.stored();
  expect(await append.promise).toEqual([]);
});

test('each rejected record keeps its index and its reason, in the order of the answers', async () => {
  const { append } = setUp(2);
  append.rejected(1, 'rejected_by_broker');
  append.rejected(0, 'too_large');
  expect(await append.promise).toEqual([
    { index: 1, reason: 'rejected_by_broker' },
    { index: 0, reason: 'too_large' },
  ]);
});

test('at the deadline it fails, also when all records but one are stored', async () => {
  const { append, settled } = setUp(2);
  expect(append.endsAt).toBe(5_000);
  append.stored();
  append.onTimeout();
  await expect(append.promise).rejects.toMatchObject({ code: 'sink_timeout' });
  expect(settled).toEqual([append]);
});

test('an answer behind a failure changes nothing', async () => {
  const { append, settled } = setUp(1);
  append.fail(new SinkError('sink_unavailable', 'gone'));
  append.stored();
  append.onTimeout();
  append.fail(new SinkError('sink_timeout', 'late'));
  await expect(append.promise).rejects.toMatchObject({ code: 'sink_unavailable', message: 'gone' });
  expect(settled).toEqual([append]);
});

test('a deadline and an answer behind the last record change nothing', async () => {
  const { append, settled } = setUp(1);
  append.stored();
  append.onTimeout();
  append.rejected(0, 'too_large');
  expect(await append.promise).toEqual([]);
  expect(settled).toEqual([append]);
});
