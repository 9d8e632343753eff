import { expect, test } from 'vitest';
import { toErrorCode } from './error-code.ts';
import { PartitionLog } from './partition-log.ts';
import { readBatch } from './read-batch.ts';
import { writeBatch } from './write-batch.ts';

// `test/integration/simulated-transactions.test.ts` makes the same checks with a real Kafka, except for unclean
// elections.

const producer = { producerId: 7n, producerEpoch: 0 };

/** Encodes a batch. @param firstSequence set only for a batch of a transaction */
function toBatch(values: readonly string[], firstSequence?: number): Buffer {
  const records = values.map((value, timestampDelta) => ({
    key: value,
    value: Buffer.from(value),
    headers: {},
    timestampDelta,
  }));
  return writeBatch(records, {
    nowMs: 1_000,
    ...(firstSequence !== undefined && { producer, firstSequence }),
  });
}

function read(log: PartitionLog, isCommittedOnly: boolean): readonly string[] {
  log.commit();
  return (isCommittedOnly ? log.records(0) : log.everCommitted()).map(({ value }) => String(value));
}

test('a log that was cut back says where the records of an epoch end', () => {
  const log = new PartitionLog();
  log.append(toBatch(['a']));
  log.append(toBatch(['b']));
  log.elect();
  log.append(toBatch(['c']));
  expect(log.epochEnd(0)).toEqual({ epoch: 0, endOffset: 2 });
  expect(log.epochEnd(1)).toEqual({ epoch: 1, endOffset: 3 });
  expect(log.epochEnd(2)).toEqual({ epoch: -1, endOffset: -1 });
  log.cutBack(1);
  expect(log.epochEnd(0)).toEqual({ epoch: 0, endOffset: 1 });
  expect(log.epochEnd(1)).toEqual({ epoch: 0, endOffset: 1 });
  expect(read(log, true)).toEqual(['a']);
  expect(read(log, false)).toEqual(['a']);
});

test('what was committed and cut off is remembered', () => {
  const log = new PartitionLog();
  log.append(toBatch(['lost']));
  log.commit();
  log.append(toBatch(['unseen']));
  log.cutBack(0);
  log.append(toBatch(['new']));
  expect(read(log, true)).toEqual(['new']);
  expect(read(log, false)).toEqual(['lost', 'new']);
});

test('what is not committed is read by nobody, and is lost with its leader', () => {
  const log = new PartitionLog();
  log.append(toBatch(['kept']));
  expect(read(log, false)).toEqual(['kept']);
  log.append(toBatch(['lost']));
  expect(log.highWatermark).toBe(1);
  log.cutBack(log.highWatermark);
  expect(read(log, false)).toEqual(['kept']);
  expect(log.leaderEpoch).toBe(1);
});

test('a transaction whose marker is lost with the end of a log is lost with it', () => {
  const log = new PartitionLog();
  log.append(toBatch(['a'], 0));
  log.mark({ ...producer, marker: 'commit', nowMs: 2_000 });
  log.cutBack(1);
  expect(log.endOffset).toBe(0);
  log.append(toBatch(['b']));
  expect(read(log, true)).toEqual(['b']);
});

test('a loss is hidden while nothing but aborted records and markers is in its places', () => {
  const log = new PartitionLog();
  log.append(toBatch(['lost'], 0));
  log.mark({ ...producer, marker: 'commit', nowMs: 2_000 });
  log.commit();
  log.cutBack(0);
  expect(log.hidesLoss).toBe(false);
  log.append(toBatch(['aborted'], 0));
  log.commit();
  expect(log.hidesLoss).toBe(false);
  log.mark({ ...producer, marker: 'abort', nowMs: 3_000 });
  log.commit();
  expect(log.hidesLoss).toBe(true);
  log.cutBack(0);
  log.append(toBatch(['new', 'newer']));
  log.commit();
  expect(log.hidesLoss).toBe(false);
});

test('an answer ends within a batch when it has no room for the whole of it, but for the first one', () => {
  const log = new PartitionLog();
  log.append(toBatch(['first']));
  log.append(toBatch(['second']));
  log.commit();
  const options = { fromOffset: 0, maxBytes: 10, isCommittedOnly: true };
  const whole = log.read({ ...options, mustProgress: true }).recordSet;
  expect(readBatch(whole).map(({ value }) => String(value))).toEqual(['first']);
  expect(log.read({ ...options, mustProgress: false }).recordSet).toHaveLength(10);
  expect(log.read({ ...options, fromOffset: 3, mustProgress: true }).errorCode).toBe(
    toErrorCode('OFFSET_OUT_OF_RANGE'),
  );
});
