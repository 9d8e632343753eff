import { expect, test } from 'vitest';
import { LogChangedError, type PartitionOutput } from '../../../../../src/filter/filter-store.ts';
import type { OutputRecord } from '../../../../../src/filter/output-record.ts';
import { formatLogCheckpoint } from '../../../../../src/stores/kafka/consume/filter/find-start.ts';
import { OutputWriter } from '../../../../../src/stores/kafka/consume/filter/output-writer.ts';
import type {
  EncodedRecord,
  ProducedPosition,
  TransactionSession,
} from '../../../../../src/stores/kafka/consume/filter/transaction-session.ts';
import { encodeRecordBody } from '../../../../../src/stores/kafka/wire/write-record-batch.ts';

const targets = {
  input: { topic: 'events', partition: 3 },
  latest: { topic: 'latest', partition: 3 },
  deadLetter: { topic: 'dead', partition: 3 },
};
const events = { topicId: 'e', epoch: 7 };

/** Creates a writer whose latest-state topic ends at offset 40. By default, the topic appends all records. */
function setUp(produceLatest?: (records: readonly EncodedRecord[]) => ProducedPosition) {
  const steps: string[] = [];
  const produced: Record<string, readonly EncodedRecord[]> = {};
  const state = { end: 40, deadLetters: [] as ProducedPosition[] };
  const session: Omit<Pick<TransactionSession, keyof TransactionSession>, 'isOverdue'> = {
    addPartition: async ({ topic }) => void steps.push(`add ${topic}`),
    async produce({ topic }, records) {
      steps.push(`produce ${topic}`);
      produced[topic] = records;
      if (topic === 'dead') {
        return state.deadLetters.shift() ?? { rejected: [] };
      }
      const answer = produceLatest?.(records) ?? {
        rejected: [],
        appended: { start: state.end, end: state.end + records.length },
      };
      // The transaction marker occupies one offset.
      state.end = answer.appended === undefined ? state.end : answer.appended.end + 1;
      return answer;
    },
    async commitOffsets([ofEvents, ofLatest]) {
      const end = ofLatest?.offset ?? -1;
      steps.push(`offset ${ofEvents?.topic} ${ofEvents?.offset} ${end}`);
      const metadata = formatLogCheckpoint({ events, latest: { topicId: 'l', end } });
      expect([ofEvents, ofLatest]).toMatchObject([{ metadata }, { ...targets.latest, metadata }]);
    },
    commit: async () => void steps.push('commit'),
    abort: async () => void steps.push('abort'),
  };
  const writer = new OutputWriter({ ...targets, session, latestMark: { topicId: 'l', end: 40 } });
  return { writer, steps, produced, state };
}

const toBody = (value: string) => encodeRecordBody({ key: null, value: Buffer.from(value), headers: {} });
const toRecord = (value: string): OutputRecord => ({ timestampMs: 5, body: toBody(value) });
const toOutput = (change: Partial<PartitionOutput>): PartitionOutput => ({
  latest: [],
  deadLetters: [],
  nextOffset: 101,
  toDeadLetter: (index) => toRecord(`dead letter of ${index}`),
  ...change,
});

test('states are written and the offset with the end of the transaction, which is then committed', async () => {
  const { writer, steps } = setUp();
  expect(await writer.commit(toOutput({ latest: [toRecord('a'), toRecord('b')] }), events)).toEqual([]);
  expect(steps.toSorted()).toEqual(['add latest', 'commit', 'offset events 101 43', 'produce latest']);
  expect(steps.indexOf('add latest')).toBeLessThan(steps.indexOf('produce latest'));
  expect(steps.at(-1)).toBe('commit');
});

test('the next transaction begins behind the marker of the one before', async () => {
  const { writer, steps } = setUp();
  await writer.commit(toOutput({ latest: [toRecord('a')] }), events);
  steps.length = 0;
  await writer.commit(toOutput({ latest: [toRecord('b')], nextOffset: 102 }), events);
  expect(steps.filter((step) => step.startsWith('offset'))).toEqual(['offset events 102 44']);
  steps.length = 0;
  await writer.commit(toOutput({ nextOffset: 103 }), events);
  expect(steps).toEqual(['offset events 103 44', 'commit']);
});

test('output without a record moves the offset alone, and the mark keeps its end', async () => {
  const { writer, steps } = setUp();
  await writer.commit(toOutput({}), events);
  expect(steps).toEqual(['offset events 101 40', 'commit']);
});

test('dead letters alone leave the latest-state topic out of the transaction', async () => {
  const { writer, steps, produced } = setUp();
  await writer.commit(toOutput({ deadLetters: [toRecord('bad')] }), events);
  expect(steps.toSorted()).toEqual(['add dead', 'commit', 'offset events 101 40', 'produce dead']);
  expect(produced.dead).toEqual([toRecord('bad')]);
});

test('an end that was not foreseen is committed anew, before the transaction', async () => {
  // The offsets in between belong to the records of an aborted transaction.
  const { writer, steps } = setUp(() => ({ rejected: [], appended: { start: 45, end: 46 } }));
  await writer.commit(toOutput({ latest: [toRecord('a')] }), events);
  expect(steps.slice(-2)).toEqual(['offset events 101 47', 'commit']);
});

test('states that the broker never takes become dead letters, beside the others', async () => {
  const { writer, steps, produced } = setUp(() => ({ rejected: [1], appended: { start: 40, end: 41 } }));
  const output = toOutput({ latest: [toRecord('a'), toRecord('b')], deadLetters: [toRecord('bad')] });
  expect(await writer.commit(output, events)).toEqual([1]);
  expect(produced.dead).toEqual([toRecord('bad'), toRecord('dead letter of 1')]);
  expect(steps.slice(-2)).toEqual(['offset events 101 42', 'commit']);
});

test('when none is taken, the mark keeps its end', async () => {
  const answers: ProducedPosition[] = [{ rejected: [0] }, { rejected: [], appended: { start: 40, end: 41 } }];
  const { writer, steps } = setUp(() => answers.shift() ?? { rejected: [0] });
  const output = toOutput({ latest: [toRecord('a')] });
  expect(await writer.commit(output, events)).toEqual([0]);
  expect(steps.slice(-2)).toEqual(['offset events 101 40', 'commit']);
  expect(await writer.commit(output, events)).toEqual([]);
  expect(await writer.commit(output, events)).toEqual([0]);
  expect(steps.slice(-2)).toEqual(['offset events 101 42', 'commit']);
});

test('a state at an offset that was taken before is in another log: it is aborted', async () => {
  const { writer, steps } = setUp(() => ({ rejected: [], appended: { start: 39, end: 40 } }));
  const committed = writer.commit(toOutput({ latest: [toRecord('a')] }), events);
  await expect(committed).rejects.toThrow(LogChangedError);
  await expect(committed).rejects.toThrow(
    'latest-3 was truncated: the new state has offset 39, although the log had already reached offset 40',
  );
  expect(steps.slice(0, steps.indexOf('abort'))).not.toContain('commit');
});

test('after a loss the mark is ahead of all that was appended since, so that the next hold finds the loss', async () => {
  const { writer, steps, state } = setUp(() => ({ rejected: [], appended: { start: 39, end: 44 } }));
  const latest = Array.from({ length: 5 }, () => toRecord('a'));
  await expect(writer.commit(toOutput({ latest }), events)).rejects.toThrow(LogChangedError);
  expect(steps.slice(-3)).toEqual(['abort', 'offset events 101 46', 'commit']);
  // The marker of the aborted transaction also occupies an offset.
  expect(state.end).toBe(45);
});

test('the marker of the last transaction counts as taken', async () => {
  const starts = [40, 41];
  const { writer } = setUp(() => {
    const start = starts.shift() ?? 0;
    return { rejected: [], appended: { start, end: start + 1 } };
  });
  await writer.commit(toOutput({ latest: [toRecord('a')] }), events);
  await expect(writer.commit(toOutput({ latest: [toRecord('b')] }), events)).rejects.toThrow(LogChangedError);
});

test('a dead letter that is not taken ends the transaction: nothing is lost', async () => {
  const { writer, steps, state } = setUp();
  state.deadLetters = [{ rejected: [0] }];
  await expect(writer.commit(toOutput({ deadLetters: [toRecord('bad')] }), events)).rejects.toMatchObject({
    kind: 'fail',
    message: 'dead rejects 1 dead letter',
  });
  expect(steps).not.toContain('commit');
});

const toLetter = (value: Buffer, headers: Readonly<Record<string, string>> = {}): OutputRecord => ({
  timestampMs: 5,
  key: Buffer.from('k'),
  value,
  headers: { reason: 'too_large', 'source-offset': '100', ...headers },
});

test('a dead letter that its topic does not take goes there without its bytes, and the partition goes on', async () => {
  const { writer, steps, produced, state } = setUp();
  state.deadLetters = [{ rejected: [1] }];
  const large = toLetter(Buffer.alloc(2_000), { webhook: 'w'.repeat(1_100) });
  const deadLetters = [toLetter(Buffer.alloc(10)), large];
  await writer.commit(toOutput({ deadLetters }), events);
  const kept = { reason: 'too_large', 'source-offset': '100', webhook: 'w'.repeat(1_024) };
  const headers = { ...kept, 'left-out-bytes': '2000' };
  expect(produced.dead).toEqual([
    { timestampMs: 5, body: encodeRecordBody({ key: null, value: null, headers }) },
  ]);
  expect(steps.at(-1)).toBe('commit');
});

test('one that its topic takes in no form ends the transaction', async () => {
  const { writer, steps, state } = setUp();
  state.deadLetters = [{ rejected: [0] }, { rejected: [0] }];
  const committed = writer.commit(toOutput({ deadLetters: [toLetter(Buffer.alloc(10))] }), events);
  await expect(committed).rejects.toThrow('dead rejects 1 dead letter');
  expect(steps).not.toContain('commit');
});

test('a record goes on as it was read, with a header more, or is made anew', async () => {
  const { writer, produced } = setUp();
  const parts = { key: Buffer.from('k'), value: null, headers: { reason: 'no_value' } };
  await writer.commit(
    toOutput({
      latest: [toRecord('a'), { timestampMs: 6, body: toBody('b'), extraHeader: ['entity-revision', '7'] }],
      deadLetters: [{ timestampMs: 7, ...parts }],
    }),
    events,
  );
  const longer = encodeRecordBody({
    key: null,
    value: Buffer.from('b'),
    headers: { 'entity-revision': '7' },
  });
  expect(produced).toEqual({
    latest: [toRecord('a'), { timestampMs: 6, body: longer }],
    dead: [{ timestampMs: 7, body: encodeRecordBody(parts) }],
  });
});
