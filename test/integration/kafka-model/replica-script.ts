import { errorCodes } from '../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import type { KafkaConnection } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { ClusterScript, Line } from './cluster-under-script.ts';
import { produce, recordOfBatch } from './produce-questions.ts';
import { comparable } from './read-scripts.ts';
import { askMetadata } from './whole-metadata.ts';

const maxBytes = 2_000;
const names = ['pair', 'third-alone'];

/**
 * Pauses a follower. The leader first waits for it and then removes it from the in-sync replicas. Finally, the follower
 * returns.
 */
export const askWhileReplicaStandsStill: ClusterScript = async (cluster) => {
  await cluster.createTopic({
    name: 'pair',
    replicas: ['first', 'third'],
    settings: { 'min.insync.replicas': '2', 'max.message.bytes': String(maxBytes) },
  });
  await cluster.createTopic({
    name: 'moved',
    replicas: ['first', 'second', 'third'],
    settings: { 'min.insync.replicas': '2' },
  });
  await cluster.createTopic({ name: 'third-alone', replicas: ['third'] });
  const [connection, patient, moving] = [
    await cluster.connect('first'),
    await cluster.connect('first'),
    await cluster.connect('first'),
  ];
  const lines: Line[] = [];
  const ask = async (what: string, ...question: Parameters<typeof produce>) => {
    lines.push([what, ...(await produce(...question))]);
  };
  const describe = async (what: string) => {
    lines.push([what, ...comparable(cluster, await askMetadata(connection, names))]);
  };
  await ask('with all replicas', connection, [{ topic: 'pair' }, { topic: 'moved' }]);

  await cluster.pauseThird();
  const whileMoved = produce(moving, [{ topic: 'moved' }], { replicationTimeoutMs: 15_000 });
  await ask('a follower is late', connection, [{ topic: 'pair' }], { replicationTimeoutMs: 100 });
  const patiently = produce(patient, [{ topic: 'pair' }], { replicationTimeoutMs: 8_000 });
  await cluster.moveToSecond('moved');
  lines.push(['the leader changed meanwhile', ...(await whileMoved)]);
  await whenInSync(connection, 1);
  lines.push(['the follower was skipped meanwhile', ...(await patiently)]);
  await ask('too few replicas', connection, [{ topic: 'pair' }]);
  await ask('too few replicas, and too large', connection, [
    { topic: 'pair', records: recordOfBatch(maxBytes + 1) },
  ]);
  await ask('too few replicas, and a wrong checksum', connection, [{ topic: 'pair' }], {
    spoil: (body) => body.fill(0, body.length - 4),
  });
  await describe('without the third');

  await cluster.resumeThird();
  await whenInSync(connection, 2);
  lines.push(['with all replicas again', ...(await produceWhenEnough(connection))]);
  for (const each of [connection, patient, moving]) {
    each.close();
  }
  return lines;
};

/** Repeats the request, because a broker reports a replica as in sync shortly before the partition counts it. */
async function produceWhenEnough(connection: KafkaConnection): Promise<readonly unknown[]> {
  return waitUntil(
    async () => {
      const answer = await produce(connection, [{ topic: 'pair' }]);
      return JSON.stringify(answer).includes(`"errorCode":${errorCodes.NOT_ENOUGH_REPLICAS},`)
        ? undefined
        : answer;
    },
    { timeoutMs: 30_000, what: 'pair takes records' },
  );
}

async function whenInSync(connection: KafkaConnection, count: number): Promise<void> {
  await waitUntil(
    async () => {
      const { topics } = await askMetadata(connection, ['pair']);
      return topics[0]?.partitions[0]?.inSync.length === count;
    },
    { timeoutMs: 30_000, what: `pair has ${count} replicas in sync` },
  );
}
