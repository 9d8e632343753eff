import { expect, test } from 'vitest';
import { decodeEpochEnds } from '../../../../src/stores/kafka/wire/epoch-end-codec.ts';
import { decodeFetchAnswers } from '../../../../src/stores/kafka/wire/fetch-codec.ts';
import { decodeMetadata } from '../../../../src/stores/kafka/wire/metadata-codec.ts';
import { bytesOf } from '../../../support/bytes-of.ts';

const fetched = bytesOf((writer) => {
  writer.int32(0);
  writer.int16(0);
  writer.int32(0);
  writer.array(['events'], (topic) => {
    writer.string(topic);
    writer.array([3, 4], (partition) => {
      writer.int32(partition);
      writer.int16(0);
      writer.int64(9);
      writer.int64(9);
      writer.int64(0);
      writer.array([1n], (producerId) => {
        writer.bigInt64(producerId);
        writer.int64(5);
      });
      writer.int32(-1);
      writer.int32(4);
      writer.raw(Buffer.from('data'));
    });
  });
});

const metadata = bytesOf((writer) => {
  writer.unsigned(0);
  writer.int32(0);
  writer.unsigned(2);
  writer.int32(1);
  writer.compactString('broker-1');
  writer.int32(9092);
  writer.unsigned(0);
  writer.unsigned(0);
  writer.compactString('cluster');
  writer.int32(1);
  writer.unsigned(2);
  writer.int16(0);
  writer.compactString('events');
  writer.raw(Buffer.alloc(16, 7));
  writer.int8(0);
  writer.unsigned(2);
  writer.int16(0);
  writer.array([0, 1], (number) => writer.int32(number));
  writer.unsigned(1);
  writer.unsigned(1);
  writer.unsigned(1);
  writer.unsigned(0);
  writer.int32(0);
  writer.unsigned(0);
});

const epochEnd = bytesOf((writer) => {
  writer.int32(0);
  writer.array(['events'], (topic) => {
    writer.string(topic);
    writer.array([3], (partition) => {
      writer.int16(0);
      writer.int32(partition);
      writer.int32(2);
      writer.int64(100);
    });
  });
});

test.each<[string, Buffer, (bytes: Buffer) => unknown]>([
  ['a fetch', fetched, decodeFetchAnswers],
  ['metadata', metadata, decodeMetadata],
  ['the end of an epoch', epochEnd, decodeEpochEnds],
])('%s that is cut off anywhere is refused', (_, sound, decode) => {
  expect(() => decode(sound)).not.toThrow();
  for (let length = 0; length < sound.length; length += 1) {
    expect(() => decode(sound.subarray(0, length)), `${length} bytes`).toThrow(RangeError);
  }
});
