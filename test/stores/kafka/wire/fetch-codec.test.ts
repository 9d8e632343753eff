import { expect, test } from 'vitest';
import { decodeFetchAnswers, findPartition } from '../../../../src/stores/kafka/wire/fetch-codec.ts';
import { WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';

interface Partition {
  readonly partition: number;
  readonly errorCode: number;
  readonly aborted: readonly (readonly [producerId: bigint, firstOffset: number])[];
  readonly recordSet: Buffer | null;
}

/** Encodes a response as the protocol describes version 11. */
function encodeAnswer(topics: Readonly<Record<string, readonly Partition[]>>, errorCode = 0): Buffer {
  const writer = new WireWriter(64);
  writer.int32(250); // throttle time
  writer.int16(errorCode);
  writer.int32(0); // session id
  writer.array(Object.entries(topics), ([topic, partitions]) => {
    writer.string(topic);
    writer.array(partitions, ({ partition, errorCode: code, aborted, recordSet }) => {
      writer.int32(partition);
      writer.int16(code);
      writer.int64(2 ** 40 + 1); // high watermark
      writer.int64(2 ** 40); // last stable offset
      writer.int64(5); // log start offset
      writer.array(aborted, ([producerId, firstOffset]) => {
        writer.bigInt64(producerId);
        writer.int64(firstOffset);
      });
      writer.int32(-1); // preferred read replica
      writer.int32(recordSet?.length ?? -1);
      writer.raw(recordSet ?? Buffer.alloc(0));
    });
  });
  return writer.written();
}

test('every partition of every topic is found, with its records as they are', () => {
  const recordSet = Buffer.from('batches');
  const answer = encodeAnswer({
    events: [
      { partition: 3, errorCode: 0, aborted: [[2n ** 63n - 1n, 2 ** 35]], recordSet },
      { partition: 4, errorCode: 6, aborted: [], recordSet: null },
    ],
    latest: [{ partition: 0, errorCode: 0, aborted: [], recordSet: Buffer.alloc(0) }],
  });
  const head = { highWatermark: 2 ** 40 + 1, lastStableOffset: 2 ** 40 };
  const none = { abortedTransactions: [], recordSet: Buffer.alloc(0) };
  const abortedTransactions = [{ producerId: 2n ** 63n - 1n, firstOffset: 2 ** 35 }];
  const found = decodeFetchAnswers(answer);
  const find = (topic: string, partition: number) => findPartition(found, { topic, partition });
  expect([find('events', 3), find('events', 4), find('latest', 0)]).toEqual([
    { ...head, errorCode: 0, abortedTransactions, recordSet },
    { ...head, ...none, errorCode: 6 },
    { ...head, ...none, errorCode: 0 },
  ]);
  expect([find('events', 0), find('latest', 3), find('other', 0)]).toEqual([undefined, undefined, undefined]);
});

test('an answer that is an error as a whole has no partitions, and one cut off is refused', () => {
  const failed = decodeFetchAnswers(encodeAnswer({}, 71));
  expect(findPartition(failed, { topic: 'events', partition: 0 })).toEqual({
    ...{ errorCode: 71, highWatermark: -1, lastStableOffset: -1 },
    ...{ abortedTransactions: [], recordSet: Buffer.alloc(0) },
  });
  const whole = encodeAnswer({
    events: [{ partition: 0, errorCode: 0, aborted: [], recordSet: Buffer.alloc(9) }],
  });
  for (let length = 0; length < whole.length; length += 1) {
    expect(() => decodeFetchAnswers(whole.subarray(0, length)), `${length}`).toThrow(RangeError);
  }
});
