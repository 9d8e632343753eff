import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toClusterView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../../src/stores/kafka/wire/consumer-protocol.ts';
import { decodeEpochEnds } from '../../../../src/stores/kafka/wire/epoch-end-codec.ts';
import { decodeFetchAnswers } from '../../../../src/stores/kafka/wire/fetch-codec.ts';
import { decodeMetadata } from '../../../../src/stores/kafka/wire/metadata-codec.ts';
import { bytesOf } from '../../../support/bytes-of.ts';
import { mutationsOf } from '../../../support/kafka/mutated-bytes.ts';

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
  ['a fetch', fetched, (bytes) => decodeFetchAnswers(bytes, 10)],
  ['metadata', metadata, (bytes) => toClusterView(decodeMetadata(bytes))],
  ['the end of an epoch', epochEnd, decodeEpochEnds],
  ['an assignment', encodeAssignment('events', [1, 2, 3]), decodeAssignment],
  ['a subscription', encodeSubscription({ topic: 'events', owned: [4, 5] }), decodeSubscription],
])('whatever the bytes of %s are, reading them ends, with a value or a RangeError', (_, sound, decode) => {
  fc.assert(
    fc.property(mutationsOf(sound), (bytes) => {
      try {
        decode(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 3_000 },
  );
});
