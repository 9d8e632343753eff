import type { ClusterScript, Line } from './cluster-under-script.ts';
import { oneRecord, produce, recordOfBatch, toRecord } from './produce-questions.ts';

const maxBytes = 2_000;
const hourMs = 3_600_000;
const replicas = ['first', 'second', 'third'] as const;

/** Sends accepted and rejected records to a healthy cluster. */
export const askForRecords: ClusterScript = async (cluster) => {
  const topic = 'records';
  const settings = { 'min.insync.replicas': '2', 'max.message.bytes': String(maxBytes) };
  await cluster.createTopic({ name: topic, partitions: 3, replicas, settings });
  await cluster.createTopic({ name: 'other', replicas });
  await cluster.createTopic({ name: 'led-by-second', replicas: ['second', 'first'] });
  await cluster.createTopic({
    ...{ name: 'one-replica', replicas: ['first'] },
    settings: { 'min.insync.replicas': '2' },
  });
  const connection = await cluster.connect('first');
  const lines: Line[] = [];
  const ask = async (what: string, ...question: Tail<Parameters<typeof produce>>) => {
    lines.push([what, ...(await produce(connection, ...question))]);
  };
  await ask('one record', [{ topic }]);
  await ask('three records', [{ topic, records: [toRecord('a'), toRecord('b'), toRecord('c')] }]);
  await ask('behind them', [{ topic }]);
  await ask('several partitions', [{ topic }, { topic, partition: 1 }, { topic, partition: 2 }]);
  await ask('two topics', [{ topic }, { topic: 'other' }]);
  await ask('a topic that is not there', [{ topic: 'nowhere' }]);
  await ask('a partition that is not there', [{ topic, partition: 3 }]);
  await ask('of another leader', [{ topic: 'led-by-second' }]);
  await ask('as large as may be', [{ topic, records: recordOfBatch(maxBytes) }]);
  await ask('a byte larger', [{ topic, records: recordOfBatch(maxBytes + 1) }]);
  await ask('larger together', [{ topic, records: Array(20).fill(toRecord('x'.repeat(150))) }]);
  await ask('a wrong checksum', [{ topic }], { spoil: turnLastBit });
  await ask('too large, with a wrong checksum', [{ topic, records: recordOfBatch(maxBytes + 1) }], {
    spoil: turnLastBit,
  });
  await ask('good and bad together', [
    ...[{ topic }, { topic: 'nowhere' }, { topic, partition: 7 }, { topic: 'led-by-second' }],
    { topic, partition: 1, records: recordOfBatch(maxBytes + 1) },
  ]);
  await ask('nothing was stored of what was refused', [{ topic }, { topic, partition: 1 }]);
  await ask('fewer replicas than must be in sync', [{ topic: 'one-replica' }]);
  await ask('of a clock that is slow', [{ topic, records: createRecordsAt(Date.now() - 48 * hourMs) }]);
  await ask('of a clock that is fast', [{ topic, records: createRecordsAt(Date.now() + hourMs / 2) }]);
  await ask('of a clock that is too fast', [{ topic, records: createRecordsAt(Date.now() + 2 * hourMs) }]);
  await cluster.changeSettings(topic, { 'min.insync.replicas': '4' });
  await ask('as many replicas as there are', [{ topic }]);
  await ask('and large records', [{ topic, records: recordOfBatch(maxBytes + 1) }]);
  connection.close();
  return lines;
};

/** Writes as a user who may describe the topic but not write to it. */
export const askWithoutRights: ClusterScript = async (cluster) => {
  const topic = 'forbidden';
  await cluster.createTopic({ name: topic, replicas });
  const connection = await cluster.connect('first', { isDenied: true });
  const lines: Line[] = [['a record', ...(await produce(connection, [{ topic, records: oneRecord }]))]];
  connection.close();
  return lines;
};

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;

function createRecordsAt(timestampMs: number) {
  return [toRecord('value', { timestampMs })];
}

function turnLastBit(body: Buffer): void {
  body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
}
