import { errorCodes } from '../../../../src/kafka/errors/kafka-errors.ts';
import type { WireReader } from '../../../../src/kafka/wire/wire-reader.ts';
import type { WireWriter } from '../../../../src/kafka/wire/wire-writer.ts';
import type { ClusterSnapshot, PartitionSnapshot } from '../cluster-snapshot.ts';
import type { KafkaApi, KafkaRequest } from '../kafka-api.ts';

const noUuid = '0'.repeat(32);
const throttleMs = 0;
/** Says that nobody asked for rights. */
const noOperations = -(2 ** 31);

/** @param edit what a broker says instead of what it knows */
export function createMetadata(
  edit: (request: KafkaRequest, view: ClusterSnapshot) => ClusterSnapshot,
): KafkaApi {
  return {
    key: 3,
    versions: { from: 10, to: 10 },
    flexibleFrom: 9,
    answer(request, reply) {
      const names = request.body.compactArray(() => readTopicName(request.body));
      const view = edit(request, request.broker.view);
      reply((writer) => writeView(writer, view, names));
    },
  };
}

function readTopicName(body: WireReader): string {
  body.uuid();
  const name = body.compactString();
  body.skipTags();
  return name;
}

function writeView(writer: WireWriter, { brokers, topics }: ClusterSnapshot, names: readonly string[]): void {
  writer.int32(throttleMs);
  writeCompactArray(writer, brokers, ({ id, host, port }) => {
    writer.int32(id);
    writer.compactString(host);
    writer.int32(port);
    writer.unsigned(0); // no rack
    writer.unsigned(0);
  });
  writer.compactString('simulated');
  writer.int32(brokers[0]?.id ?? -1);
  writeCompactArray(writer, names, (name) => {
    const topic = topics.get(name);
    writer.int16(topic === undefined ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : 0);
    writer.compactString(name);
    writer.raw(Buffer.from(topic?.id ?? noUuid, 'hex'));
    writer.int8(0);
    writeCompactArray(writer, [...(topic?.partitions ?? []).entries()], ([number, partition]) =>
      writePartition(writer, number, {
        ...partition,
        offline: partition.replicas.filter((id) => !brokers.some((broker) => broker.id === id)),
      }),
    );
    writer.int32(noOperations);
    writer.unsigned(0);
  });
  writer.int32(noOperations);
  writer.unsigned(0);
}

function writePartition(
  writer: WireWriter,
  number: number,
  {
    leader,
    leaderEpoch,
    replicas,
    inSync,
    offline,
  }: PartitionSnapshot & { readonly offline: readonly number[] },
): void {
  writer.int16(leader === -1 ? errorCodes.LEADER_NOT_AVAILABLE : 0);
  writer.int32(number);
  writer.int32(leader);
  writer.int32(leaderEpoch);
  writeCompactArray(writer, replicas, (id) => writer.int32(id));
  writeCompactArray(writer, inSync, (id) => writer.int32(id));
  writeCompactArray(writer, offline, (id) => writer.int32(id));
  writer.unsigned(0);
}

function writeCompactArray<T>(writer: WireWriter, items: readonly T[], write: (item: T) => void): void {
  writer.unsigned(items.length + 1);
  items.forEach(write);
}
