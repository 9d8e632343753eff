import { expect, test } from 'vitest';
import { SinkError } from '../../../src/ports/sink.ts';
import { sendUnit, toUnits } from '../../../src/stores/spool/send-unit.ts';
import { parseSpoolLine, toSpoolLines } from '../../../src/stores/spool/spool-line.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { createEventRecord, toIds } from '../../support/test-spool.ts';

const deadline = 0;
const topics = new Set(['events', 'dead']);

function toLines(...events: readonly (readonly [key: string | null, revision: number])[]) {
  const records = events.map(([key, revision]) => createEventRecord(key, revision));
  const deadLetterFor = (index: number, reason: string) => {
    const { key = null, value, headers = {} } = records[index] ?? {};
    return key === null || value === undefined
      ? undefined
      : { topic: 'dead', key: null, value, headers: { reason, of: headers.ce_id ?? '' } };
  };
  return toSpoolLines(records, { deadLetterFor })
    .toString()
    .trimEnd()
    .split('\n')
    .map((text) => parseSpoolLine(text));
}

test('a unit has the records of one key in order; a record without a key is one of its own', () => {
  const units = toUnits(toLines(['a', 1], [null, 2], ['b', 3], ['a', 4], [null, 5]));
  expect(units.map((unit) => toIds(unit.map(({ record }) => record)))).toEqual([
    ['a-1', 'a-4'],
    ['null-2'],
    ['b-3'],
    ['null-5'],
  ]);
});

test('stores the records in one append', async () => {
  const store = createMemorySink();
  const sent = await sendUnit(toLines(['a', 1], ['a', 2]), { store, topics, deadline });
  expect(sent).toEqual({ stored: 2, deadLettered: 0, setAside: [] });
  expect(toIds(store.records)).toEqual(['a-1', 'a-2']);
});

test('makes a dead letter of an event that the store rejects, and stores the others', async () => {
  const store = createMemorySink();
  store.reject = ({ headers }) => (headers.ce_id === 'a-1' ? 'too_large' : undefined);
  const sent = await sendUnit(toLines(['a', 1], ['a', 2]), { store, topics, deadline });
  expect(sent).toEqual({ stored: 1, deadLettered: 1, setAside: [] });
  expect(store.records.map(({ topic, headers }) => [topic, headers.reason, headers.of])).toEqual([
    ['events', undefined, undefined],
    ['dead', 'too_large', 'a-1'],
  ]);
});

test('sets aside an event whose dead letter is rejected too, and a dead letter that is rejected', async () => {
  const store = createMemorySink();
  store.reject = () => 'rejected_by_broker';
  const lines = toLines(['a', 1], [null, 2]);
  const sent = await sendUnit(lines, { store, topics, deadline });
  expect(sent).toMatchObject({ stored: 0, deadLettered: 0 });
  expect(sent.setAside.map(({ why }) => why)).toEqual(['rejected_by_broker', 'rejected_by_broker']);
  expect(new Set(sent.setAside.map(({ line }) => line))).toEqual(new Set(lines));
});

test('sets aside what is no record, and what is for a topic that is not configured any more', async () => {
  const store = createMemorySink();
  const unit = [parseSpoolLine('rubbish'), ...toLines(['a', 1])];
  const sent = await sendUnit(unit, { store, topics: new Set(['renamed']), deadline });
  expect(sent.setAside.map(({ why }) => why)).toEqual([
    'not a record',
    'events is not among the configured topics',
  ]);
  expect(store.records).toEqual([]);
});

test('sets aside an event whose dead letter is for a topic that is not configured any more', async () => {
  const store = createMemorySink();
  store.reject = () => 'too_large';
  const sent = await sendUnit(toLines(['a', 1]), { store, topics: new Set(['events']), deadline });
  expect(sent.setAside.map(({ why }) => why)).toEqual(['too_large']);
});

test('throws when the store does not take the unit now', async () => {
  const store = createMemorySink();
  store.failure = new SinkError('sink_timeout', 'a test said so');
  await expect(sendUnit(toLines(['a', 1]), { store, topics, deadline })).rejects.toBe(store.failure);
});
