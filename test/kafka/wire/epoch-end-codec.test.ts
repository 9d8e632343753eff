import { expect, test } from 'vitest';
import { decodeEpochEnd, writeEpochEnd } from '../../../src/kafka/wire/epoch-end-codec.ts';
import { WireWriter } from '../../../src/kafka/wire/wire-writer.ts';
import { bytesOf } from '../../support/bytes-of.ts';

type Partition = readonly [errorCode: number, epoch: number, endOffset: number];

/** As the protocol describes version 3. */
function encodeAnswer(...topics: readonly (readonly Partition[])[]): Buffer {
  const writer = new WireWriter(64);
  writer.int32(250); // throttle time
  writer.array(topics, (partitions) => {
    writer.string('events');
    writer.array(partitions, ([errorCode, epoch, endOffset]) => {
      writer.int16(errorCode);
      writer.int32(3);
      writer.int32(epoch);
      writer.int64(endOffset);
    });
  });
  return writer.written();
}

test('a consumer asks about one partition, with the epoch that it knows', () => {
  const question = { topic: 'ev', partition: 3, currentEpoch: -1, epoch: 7 };
  const body = bytesOf((writer) => writeEpochEnd(writer, question));
  expect(body.toString('hex')).toBe(
    ['ffffffff', '00000001', '00026576', '00000001', '00000003', 'ffffffff', '00000007'].join(''),
  );
});

test.each([
  ['an end beyond 32 bits', [0, 7, 2 ** 40]],
  ['a log without that epoch', [0, -1, -1]],
  ['an error', [74, -1, -1]],
] as const)('%s is read', (_what, [errorCode, epoch, endOffset]) => {
  const answer = encodeAnswer([[errorCode, epoch, endOffset]]);
  expect(decodeEpochEnd(answer)).toEqual({ partition: 3, errorCode, epoch, endOffset });
});

test.each([
  ['about nothing', encodeAnswer()],
  ['about no partition', encodeAnswer([])],
  ['about two partitions', encodeAnswer([[0, 7, 10]], [[0, 7, 20]])],
  ['cut off', encodeAnswer([[0, 7, 10]]).subarray(0, -1)],
])('an answer that is %s is refused', (_what, answer) => {
  expect(() => decodeEpochEnd(answer)).toThrow(RangeError);
});
