import { expect, onTestFinished, test, vi } from 'vitest';
import { offsetTimes } from '../../../../src/stores/kafka/cluster/client/list-offsets.ts';
import { KafkaAnswerError } from '../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import {
  waitUntilTombstonesReadable,
  writeTombstones,
} from '../../../../src/stores/kafka/consume/write-tombstones.ts';
import { RecordSetReader } from '../../../../src/stores/kafka/wire/read-record-batches.ts';
import { bytesOf } from '../../../support/bytes-of.ts';
import { createFakePartitionCalls } from '../../../support/filter/fake-partition-calls.ts';

const of = { topic: 'latest', partition: 3 };
const tombstones = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: Buffer.from(`k-${index}`), revision: BigInt(index) }));
const answer = (baseOffset: number, errorCode = 0) => ({
  topics: [{ partitions: [{ partition: 3, errorCode, baseOffset: String(baseOffset) }] }],
});

test('many are written in several requests, and the end is behind the last one', async () => {
  let end = 1_000;
  const calls = createFakePartitionCalls(() => {
    end += 500;
    return answer(end);
  });
  expect(await writeTombstones({ calls }, of, tombstones(450), 7)).toBe(2_500 + 50);
  expect(await writeTombstones({ calls }, of, tombstones(400), 7)).toBe(3_500 + 200);
  expect(calls.asked.map(({ to, call }) => [to, call.api])).toEqual(
    Array.from({ length: 5 }, () => [of, 'Produce']),
  );
});

test('each has its key, no value, the time, and the highest revision of its entity if there is one', async () => {
  const calls = createFakePartitionCalls(() => answer(5));
  const [known] = tombstones(1);
  const written = [
    { ...known, revision: 2n ** 64n - 1n },
    { key: Buffer.from('other'), revision: undefined },
  ];
  await writeTombstones({ calls }, of, written as never, 7_000);
  const body = bytesOf((writer) => calls.asked[0]?.call.codec?.write?.(writer));
  const set = body.subarray(body.indexOf('latest') + 'latest'.length + 12);
  const { records } = new RecordSetReader(set, 0, []).read(1_000);
  expect(
    records.map((record) => [
      record.key?.toString(),
      record.value,
      record.timestampMs,
      record.header('entity-revision'),
    ]),
  ).toEqual([
    ['k-0', null, 7_000, '18446744073709551615'],
    ['other', null, 7_000, undefined],
  ]);
});

test('a missing right is that to write, and a missing answer stays what it is', async () => {
  const refused = createFakePartitionCalls(() => answer(-1, errorCodes.TOPIC_AUTHORIZATION_FAILED));
  const failure = await writeTombstones({ calls: refused }, of, tombstones(1), 7).catch((error) => error);
  expect(failure).not.toBeInstanceOf(KafkaAnswerError);
  expect(failure.message).toMatch(/Write/);
  const missing = new KafkaAnswerError('reroute', -1, 'The answer is missing');
  const silent = createFakePartitionCalls(() => Promise.reject(missing));
  await expect(writeTombstones({ calls: silent }, of, tombstones(1), 7)).rejects.toBe(missing);
});

function readerWithEnds(...ends: readonly number[]) {
  const left = [...ends];
  return {
    async offsetAt(asked: object, timeMs: number) {
      expect([asked, timeMs]).toEqual([of, offsetTimes.end]);
      return left.shift() ?? ends.at(-1);
    },
  } as never;
}

test('what is written is readable when the transactions before it are over', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { signal } = new AbortController();
  const end = waitUntilTombstonesReadable({ reader: readerWithEnds(3, 3, 12) }, of, 10, signal);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await end).toBe(12);
  expect(await waitUntilTombstonesReadable({ reader: readerWithEnds(10) }, of, 10, signal)).toBe(10);
});

test('a transaction that stays open is named in the end, and what may be left', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const waiting = waitUntilTombstonesReadable(
    { reader: readerWithEnds(3) },
    of,
    10,
    new AbortController().signal,
  );
  const failed = expect(waiting).rejects.toThrow(
    /^Some records are not readable yet and may contain states\. Run .* at offset 3 is still open and hides .* to 10\./,
  );
  await vi.advanceTimersByTimeAsync(60_000);
  await failed;
});
