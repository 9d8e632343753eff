import { expect, test } from 'vitest';
import {
  decodeEpochEndOffsets,
  writeEpochEndOffsetRequest,
} from '../../../../src/stores/kafka/wire/epoch-end-offset-codec.ts';
import { WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';
import { bytesOf } from '../../../support/bytes-of.ts';

type Partition = readonly [errorCode: number, epoch: number, endOffset: number];

/** Encodes a response as the protocol describes version 3. */
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

test('a consumer asks about a partition, with the epochs that it knows', () => {
  const question = { topic: 'ev', partition: 4, currentEpoch: 9, epoch: 8 };
  const body = bytesOf((writer) => writeEpochEndOffsetRequest(writer, question));
  const partition = ['00000004', '00000009', '00000008'];
  expect(body.toString('hex')).toBe(['ffffffff', '00000001', '00026576', '00000001', ...partition].join(''));
});

test.each([
  ['an end beyond 32 bits', [0, 7, 2 ** 40]],
  ['a log without that epoch', [0, -1, -1]],
  ['an error', [74, -1, -1]],
] as const)('%s is read', (_what, [errorCode, epoch, endOffset]) => {
  const answer = encodeAnswer([[errorCode, epoch, endOffset]]);
  const partitions = [{ partition: 3, errorCode, epoch, endOffset }];
  expect(decodeEpochEndOffsets(answer)).toEqual({ responses: [{ topic: 'events', partitions }] });
});

test('an answer that is cut off is refused', () => {
  const answer = encodeAnswer([[0, 7, 10]], [[0, 7, 20]]);
  for (let length = 0; length < answer.length; length += 1) {
    expect(() => decodeEpochEndOffsets(answer.subarray(0, length)), `${length}`).toThrow(RangeError);
  }
});
