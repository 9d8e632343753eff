import { expect, test } from 'vitest';
import { decodeMetadata, writeMetadata } from '../../../../src/stores/kafka/wire/metadata-codec.ts';
import { WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';
import { bytesOf } from '../../../support/bytes-of.ts';

const noTopicId = '00'.repeat(16);
const topicId = '0123456789abcdef0123456789abcdef';

/**
 * Encodes a response as the protocol describes version 10. Each structure has a tagged field that this program does not
 * know.
 */
function encodeAnswer(topics: readonly { readonly topic: string | null; readonly id: string }[]): Buffer {
  const writer = new WireWriter(64);
  const array = <T>(items: readonly T[], write: (item: T) => void) => {
    writer.unsigned(items.length + 1);
    items.forEach(write);
  };
  const numbers = (items: readonly number[]) => array(items, (item) => writer.int32(item));
  const tags = () => writer.raw(Buffer.from([1, 9, 2, 0xff, 0xff]));
  tags(); // tagged fields of the header
  writer.int32(250); // throttle time
  array([5, 6], (nodeId) => {
    writer.int32(nodeId);
    writer.compactString(`broker-${nodeId}`);
    writer.int32(9092);
    writer.unsigned(0); // no rack
    tags();
  });
  writer.compactString('cluster');
  writer.int32(5); // controller id
  array(topics, ({ topic, id }) => {
    writer.int16(topic === null ? 100 : 0);
    if (topic === null) {
      writer.unsigned(0);
    } else {
      writer.compactString(topic);
    }
    writer.raw(Buffer.from(id, 'hex'));
    writer.int8(0); // not internal
    array(topic === null ? [] : [0], (partition) => {
      writer.int16(9); // error: a replica is not available
      writer.int32(partition);
      writer.int32(6);
      writer.int32(41);
      numbers([6, 5]);
      numbers([6]);
      numbers([]);
      tags();
    });
    writer.int32(-(2 ** 31));
    tags();
  });
  writer.int32(-(2 ** 31));
  tags();
  return writer.written();
}

const brokers = [5, 6].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 }));
const partitionMetadata = [{ partitionId: 0, leader: 6, leaderEpoch: 41, replicas: [6, 5], isr: [6] }];

test('topics are requested by name, and asking creates none', () => {
  const body = ['00', '03', noTopicId, '03', '6576', '00', noTopicId, '02', '64', '00', '00000000'].join('');
  expect(bytesOf((writer) => writeMetadata(writer, ['ev', 'd'])).toString('hex')).toBe(body);
});

test('a question about no topic is about the brokers only, not about all topics', () => {
  expect(bytesOf((writer) => writeMetadata(writer, [])).toString('hex')).toBe('000100000000');
});

test('all topics are requested without a list', () => {
  expect(bytesOf((writer) => writeMetadata(writer, 'all')).toString('hex')).toBe('000000000000');
});

test('brokers, ids and epochs are read, with tags of later brokers everywhere', () => {
  const answer = encodeAnswer([
    { topic: 'events', id: topicId },
    { topic: 'latest', id: noTopicId },
  ]);
  expect(decodeMetadata(answer)).toEqual({
    brokers,
    clusterId: 'cluster',
    controllerId: 5,
    topicMetadata: [
      { topicErrorCode: 0, topic: 'events', topicId, partitionMetadata },
      { topicErrorCode: 0, topic: 'latest', partitionMetadata },
    ],
  });
});

test('a topic without a name is read with its error', () => {
  const { topicMetadata } = decodeMetadata(encodeAnswer([{ topic: null, id: topicId }]));
  expect(topicMetadata).toEqual([{ topicErrorCode: 100, topic: '', topicId, partitionMetadata: [] }]);
});

test('an answer that is cut off is refused', () => {
  const answer = encodeAnswer([{ topic: 'events', id: topicId }]);
  // The rest is not read: the value of the last topic's tag, the authorized operations of the cluster, and the last
  // tags.
  const rest = 2 + 4 + 5;
  for (let length = 0; length < answer.length - rest; length += 1) {
    expect(() => decodeMetadata(answer.subarray(0, length)), `${length}`).toThrow(RangeError);
  }
});
