import { describe, expect, it, test } from 'vitest';
import { SinkError } from '../../../src/ports/sink.ts';
import type { PartitionQueue, QueuedBatch } from '../../../src/stores/append/partition-queue.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createQueue, enqueue, namesOf } from '../../support/queued-records.ts';

function takeBatch(queue: PartitionQueue, maxRecords = 1000, maxBytes = 900_000): QueuedBatch {
  const batch = queue.take(maxRecords, maxBytes);
  if (batch === undefined) {
    throw new Error('the queue had nothing to take');
  }
  return batch;
}

const timeout = new SinkError('sink_timeout', 'too late');

describe('PartitionQueue', () => {
  it('gives records in the order of their arrival, within the limits', () => {
    const queue = createQueue();
    enqueue(queue, ['a', 'b', 'c', 'd', 'e']);
    const first = takeBatch(queue, 2);
    queue.commit(first);
    const second = takeBatch(queue, 1000, 250);
    queue.commit(second);
    expect([namesOf(first), namesOf(second), namesOf(takeBatch(queue))]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e'],
    ]);
  });

  it.each([
    [199, ['a']],
    [200, ['a', 'b']],
  ])('fills what the topic allows for a batch, and never exceeds it: %i bytes', (maxBatchBytes, names) => {
    const queue = createQueue();
    queue.limitBatches(maxBatchBytes);
    enqueue(queue, ['a', 'b', 'c']);
    expect(namesOf(takeBatch(queue))).toEqual(names);
  });

  it('has one batch in flight at a time', () => {
    const queue = createQueue();
    enqueue(queue, ['a', 'b']);
    expect(queue.isSendable(0)).toBe(true);
    const batch = takeBatch(queue, 1);
    expect(queue.isSendable(0)).toBe(false);
    queue.commit(batch);
    expect(queue.isSendable(0)).toBe(true);
  });

  it('puts a failed batch back before what came later, and waits longer after each failure, until it is stored or leads elsewhere', () => {
    const queue = createQueue();
    enqueue(queue, ['a', 'b']);
    const waits: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const batch = takeBatch(queue, 2);
      enqueue(queue, [`later ${i}`]);
      expect(queue.retry(batch, 7, 'full')).toBe(true);
      waits.push(queue.notBefore);
    }
    expect(waits).toEqual([57, 107, 207, 407, 407]);
    expect([queue.isSendable(406), queue.isSendable(407), queue.problem]).toEqual([false, true, 'full']);
    queue.assign(undefined);
    expect(queue.isSendable(0)).toBe(true);
    const batch = takeBatch(queue);
    expect(namesOf(batch)).toEqual(['a', 'b', 'later 0', 'later 1', 'later 2', 'later 3', 'later 4']);
    queue.retry(batch, 7, 'full');
    expect(queue.notBefore).toBe(407);
    queue.commit(takeBatch(queue));
    expect([queue.notBefore, queue.problem]).toEqual([0, undefined]);
    enqueue(queue, ['c']);
    queue.retry(takeBatch(queue), 7, undefined);
    expect(queue.notBefore).toBe(57);
  });

  it('fails all that it has when it is blocked, in flight too, and takes records when it is not any more', async () => {
    const queue = createQueue();
    const appends = [enqueue(queue, ['a']), enqueue(queue, ['b'])];
    takeBatch(queue, 1);
    queue.block('it shrank');
    for (const { promise } of appends) {
      await expect(promise).rejects.toMatchObject({ code: 'sink_unavailable', message: 'it shrank' });
    }
    expect([queue.length, queue.isAccepting()]).toEqual([0, false]);
    queue.block(undefined);
    expect(queue.isAccepting()).toBe(true);
  });

  it.each([
    ['stored', 'stored', []],
    ['stored', 'rejected', []],
    ['rejected', 'stored', [{ index: 0, reason: 'too_large' }]],
  ])(
    'counts a record once of which a late answer says %s, and its repetition %s',
    async (late, again, told) => {
      const queue = createQueue();
      const append = enqueue(queue, ['a', 'b']);
      const decide = (batch: QueuedBatch, verdict: string) =>
        verdict === 'stored' ? queue.commit(batch) : queue.reject(batch, 'too_large');
      const hanging = takeBatch(queue, 1);
      queue.requeue(hanging);
      const repeated = takeBatch(queue, 1);
      expect(namesOf(repeated)).toEqual(['a']);
      decide(hanging, late);
      decide(repeated, again);
      expect(append.settled).toBe(false);
      queue.commit(takeBatch(queue, 1));
      expect(await append.promise).toEqual(told);
    },
  );

  it('does not send again what a late answer said is stored, and ignores the failure of what was taken back', () => {
    const queue = createQueue();
    enqueue(queue, ['a', 'b']);
    const hanging = takeBatch(queue, 1);
    queue.requeue(hanging);
    queue.commit(hanging);
    const next = takeBatch(queue);
    expect(namesOf(next)).toEqual(['b']);
    queue.requeue(hanging);
    expect([queue.inFlight, queue.length]).toEqual([next, 0]);
  });

  it('drops records whose append is settled, in the queue and in a batch that comes back', () => {
    const queue = createQueue();
    const append = enqueue(queue, ['a', 'b']);
    enqueue(queue, ['c']);
    const batch = takeBatch(queue, 1);
    append.fail(timeout);
    queue.requeue(batch);
    queue.purge();
    expect(queue.length).toBe(1);
    const last = takeBatch(queue);
    expect(namesOf(last)).toEqual(['c']);
    queue.commit(last);
    enqueue(queue, ['d']).fail(timeout);
    expect([queue.take(10, 1000), queue.inFlight]).toEqual([undefined, undefined]);
  });

  it('fails what waits, not what is in flight', async () => {
    const queue = createQueue();
    const sent = enqueue(queue, ['a']);
    const batch = takeBatch(queue);
    const waiting = enqueue(queue, ['b']);
    queue.failAll(new SinkError('sink_unavailable', 'gone'));
    await expect(waiting.promise).rejects.toMatchObject({ code: 'sink_unavailable' });
    queue.commit(batch);
    expect(await sent.promise).toEqual([]);
  });

  it('isolates the rejected record of 1,000 in few requests and stores its neighbours in order', async () => {
    const queue = createQueue();
    const names = Array.from({ length: 1000 }, (_, index) => `${index}`);
    const append = enqueue(queue, names);
    const stored: string[] = [];
    let requests = 0;
    while (queue.length > 0) {
      const batch = takeBatch(queue);
      requests += 1;
      if (namesOf(batch)?.includes('617')) {
        queue.reject(batch, 'too_large');
      } else {
        stored.push(...(namesOf(batch) ?? []));
        queue.commit(batch);
      }
    }
    expect(await append.promise).toEqual([{ index: 617, reason: 'too_large' }]);
    expect(stored).toEqual(names.filter((name) => name !== '617'));
    expect(requests).toBeLessThan(40);
  });

  it.each([
    ['are given up', 'klmnopqrst'],
    ['are rejected one by one', 'jklmnopqrst'],
  ])('sends large batches again when the records of a rejected one %s', (what, rest) => {
    const queue = createQueue();
    const suspects = enqueue(queue, 'abcdefgh'.split(''));
    enqueue(queue, 'ijklmnopqrst'.split(''));
    queue.reject(takeBatch(queue, 8), 'too_large');
    while (!suspects.settled) {
      const half = takeBatch(queue);
      expect(namesOf(half)).toHaveLength(4);
      if (what === 'are given up') {
        suspects.fail(timeout);
      }
      queue.requeue(half);
      queue.reject(takeBatch(queue, 1), 'too_large');
    }
    queue.commit(takeBatch(queue, 1));
    expect(namesOf(takeBatch(queue))?.join('')).toBe(rest);
  });
});

test('fails what waits each time that its circuit opens, and tells each change once', async () => {
  const clock = createFakeClock();
  const calls: string[] = [];
  const queue = createQueue(3, 'events', {
    clock,
    onOpen: () => calls.push('trial later'),
    onStop: (cause) => calls.push(`stopped: ${cause}`),
    onRecover: () => calls.push('recovered'),
  });
  const append = enqueue(queue, ['a']);
  queue.retry(queue.take(1, 100) as QueuedBatch, 0, 'NOT_ENOUGH_REPLICAS (19)');
  queue.circuit.trip();
  await expect(append.promise).rejects.toThrow('Partition 3 of events accepts no records.');
  clock.advance(queue.circuit.trialInMs());
  queue.circuit.admitTrial();
  queue.circuit.failure(clock.now());
  clock.advance(queue.circuit.trialInMs());
  queue.circuit.admitTrial();
  queue.circuit.success();
  expect(calls.join()).toBe('trial later,stopped: NOT_ENOUGH_REPLICAS (19),trial later,recovered');
});
