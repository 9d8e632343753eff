import { expect, onTestFinished, test } from 'vitest';
import type { AcknowledgedRecord } from '../../../../src/ports/read-back.ts';
import { createLogger } from '../../../../src/runtime/logger.ts';
import { createKafkaReadBack } from '../../../../src/stores/kafka/consume/read-back.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

const record = (id: string) => ({
  topic: 'events',
  key: 'k',
  value: Buffer.from(id),
  headers: { ce_id: id },
});
const batch = (partition: number, ...ids: readonly string[]) => ({
  ...{ topic: 'events', partition, sizeBytes: 50 },
  records: ids.map(record),
});
const answer = (partition: number, baseOffset: string, errorCode = 0) => ({
  ...{ topic: 'events', partition, baseOffset, errorCode },
});

function setUp(isDue = true) {
  const taken: AcknowledgedRecord[] = [];
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  const readBack = createKafkaReadBack({
    connection: { brokers: [], clientId: 'test' },
    logger: createLogger('silent'),
    topics: ['events'],
    sampler: { isDue, signal: ended.signal, take: (each) => void taken.push(each) },
    clock: createFakeClock(),
  });
  return { readBack, taken };
}

test('a record is at its place within its batch, and costs the bytes of the whole batch to read', () => {
  const { readBack, taken } = setUp();
  for (let round = 0; round < 50; round += 1) {
    readBack([batch(3, 'a', 'b', 'c')], [answer(0, '7'), answer(3, '40')]);
  }
  const places = { a: 'events/3/40', b: 'events/3/41', c: 'events/3/42' };
  expect(new Set(taken.map(({ id }) => id))).toEqual(new Set(Object.keys(places)));
  for (const { id, place, readBytes } of taken) {
    expect([place, readBytes]).toEqual([places[id as keyof typeof places], 50]);
  }
});

test.each([
  ['was refused', answer(3, '40', 6)],
  ['has no offset', answer(3, '-1')],
  ['is of another partition', answer(2, '40')],
])('a batch whose answer %s is not read back', (_what, given) => {
  const { readBack, taken } = setUp();
  readBack([batch(3, 'a')], [given]);
  readBack([], []);
  expect(taken).toEqual([]);
});

test('nothing is taken that nobody wants', () => {
  const { readBack, taken } = setUp(false);
  readBack([batch(3, 'a')], [answer(3, '40')]);
  expect(taken).toEqual([]);
});
