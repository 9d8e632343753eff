import { expect } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { readTopic } from '../simulation/kafka/read-log.ts';
import { appendRecords, toEventRecord } from '../support/append-records.ts';
import { startTestFilter, type TestFilter, whenFiltered } from '../support/filter/test-filter.ts';
import { startModelBroker } from '../support/kafka/start-model-broker.ts';
import { startCommand } from '../support/receiver-process.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';
import { kafkaAccessRows } from './kafka-access-rows.ts';
import { readCodec, zstd } from './kafka-rows.ts';
import { managementRows } from './management-rows.ts';
import { processRows } from './process-rows.ts';
import { readRecords } from './seen-receiver.ts';
import { storeTlsRows } from './store-tls-rows.ts';
import { type Row, row } from './trial.ts';

const hourMs = 3_600_000;
const usual = 'comapi.events';

/** Starts a Kafka with two events topics and everything that a filter needs. */
async function startKafka() {
  const broker = await startModelBroker();
  for (const name of [usual, 'others']) {
    broker.cluster.addTopic({ name, partitionCount: 1 });
    broker.cluster.addTopic({ name: `${name}.dead-letter`, partitionCount: 1 });
    const settings = { 'cleanup.policy': 'compact' };
    broker.cluster.addTopic({ name: `${name}.latest`, partitionCount: 1, settings });
  }
  broker.cluster.addTopic({ name: 'lost', partitionCount: 1 });
  return { ...broker, env: { KAFKA_BROKERS: broker.connection.brokers.join(',') } };
}

type Kafka = Awaited<ReturnType<typeof startKafka>>;

/** Default environment, with a broker address at which nothing listens. */
const away = { KAFKA_BROKERS: '127.0.0.1:1', MANAGEMENT_PORT: '0' };
const open = (env: Env) => startTestFilter({ ...away, ...(env as Record<string, string>) });

const toMessage = (key: string, revision: number, timestampMs = Date.now()) => {
  const { value, headers } = toEventRecord(key, revision, 'message.sent', { body: 'x'.repeat(2_000) });
  return { key, value, headers, timestampMs };
};
const unreadable = { key: 'u', value: 'no event' };

/**
 * Stops the filter, and waits for the markers of its transactions, which are written after the response to the commit.
 */
async function stopAndSettle({ cluster }: Kafka, filter: TestFilter): Promise<void> {
  await filter.stop();
  const logs = [...cluster.topics.values()].flatMap(({ partitions }) => partitions.map(({ log }) => log));
  await waitUntil(() => logs.every(({ lastStableOffset, endOffset }) => lastStableOffset === endOffset), {
    ...{ timeoutMs: 20_000, what: 'all transactions have ended', pollMs: 10 },
  });
}

/** Returns the result of `look` after a filter has filtered two records of each topic. */
const filterTwo =
  (look: (kafka: Kafka, filter: TestFilter) => unknown) =>
  async (env: Env): Promise<unknown> => {
    const kafka = await startKafka();
    for (const topic of [usual, 'others']) {
      kafka.append(topic, 0, [toMessage('m-1', 1), unreadable]);
    }
    const filter = await open({ ...kafka.env, ...env });
    await whenFiltered(filter, 2);
    await stopAndSettle(kafka, filter);
    return look(kafka, filter);
  };

/** Lists the topics that a filter has written to. */
const listWritten = ({ cluster }: Kafka) =>
  [...cluster.topics.values()]
    .filter((topic) => ![usual, 'others'].includes(topic.name) && readTopic(topic).length > 0)
    .map(({ name }) => name);

/** Returns whether the filter forwards an older state that arrives two hours after the newest state. */
async function seeOlderState(env: Env): Promise<boolean> {
  const kafka = await startKafka();
  const [then, now] = [Date.now() - 2 * hourMs, Date.now()];
  const filter = await open({ ...kafka.env, ...env });
  for (const [index, [key, revision, at]] of (
    [
      ['m-1', 5, then],
      ['m-2', 1, now],
      ['m-1', 3, now],
    ] as const
  ).entries()) {
    kafka.append(usual, 0, [toMessage(key, revision, at)]);
    await whenFiltered(filter, index + 1);
  }
  await stopAndSettle(kafka, filter);
  return readHeader(kafka, `${usual}.latest`, 'revision').includes('3');
}

const readHeader = ({ cluster }: Kafka, topic: string, header: string) =>
  [...cluster.topics.values()]
    .filter(({ name }) => name === topic)
    .flatMap((each) => readTopic(each).map(({ headers }) => headers[header]));

const runOnJournal = (dataDir: string, env: Env) =>
  runCommand(['filter'], {
    LOG_LEVEL: 'silent',
    ...(env as Record<string, string>),
    DATA_DIR: dataDir,
  });

/** Filters a journal. Returns the entities of each directory that the filter has written. */
async function filterJournal(env: Env) {
  const dataDir = env.DATA_DIR || temporaryDirectory();
  await appendRecords({ DATA_DIR: dataDir }, [
    toEventRecord('m-1', 1),
    toEventRecord('m-2', 1, 'message.sent', { topic: 'others' }),
  ]);
  await runOnJournal(dataDir, env);
  const keysOf = async (name: string) =>
    (await readRecords(dataDir, name)).map(({ topic, key }) => `${topic} ${key}`);
  return Promise.all(['latest', 'latest.others'].map(keysOf));
}

const ofKafka: readonly Row[] = [
  row('KAFKA_TOPIC', () => ({
    to: 'others',
    see: filterTwo(listWritten),
    shows: ['others.dead-letter', 'others.latest'],
  })),
  row('KAFKA_DEAD_LETTER_TOPIC', () => ({
    to: 'lost',
    see: filterTwo(listWritten),
    shows: ['comapi.events.latest', 'lost'],
  })),
  row('KAFKA_COMPRESSION', () => ({
    to: 'zstd',
    see: filterTwo(({ cluster }) => readCodec(cluster, `${usual}.latest`)),
    shows: zstd,
  })),
  row('FILTER_GROUP_ID', () => ({
    to: 'ours',
    see: filterTwo(({ groupOffset }) => groupOffset('ours', `${usual}-0`)?.offset),
    shows: 2,
  })),
  row('FILTER_WINDOW', () => ({ to: '1h', see: seeOlderState, shows: true })),
  row('RECORD_HEADERS', () => ({
    to: 'region=north',
    see: filterTwo((kafka) => readHeader(kafka, `${usual}.dead-letter`, 'region')),
    shows: ['north'],
  })),
  row('TOPIC_RULES', () => ({
    to: 'message.*=others',
    see: filterTwo((_kafka, { log }) => log.text()),
    shows: expect.stringContaining('"topics":["others"]'),
  })),
];

/**
 * Returns whether a filter on a journal forwards an older state that arrives two hours after the newest state. A
 * thousand other events, which fill one batch, arrive in between.
 */
async function seeOlderOnJournal(env: Env): Promise<boolean> {
  const dataDir = temporaryDirectory();
  const toRecord = (key: string, revision: number, agoMs = 0) => {
    const record = toEventRecord(key, revision);
    const receivedAt = new Date(Date.now() - agoMs).toISOString();
    return { ...record, headers: { ...record.headers, 'received-at': receivedAt } };
  };
  const others = Array.from({ length: 1_000 }, () => toRecord('m-2', 1));
  await appendRecords({ DATA_DIR: dataDir }, [toRecord('m-1', 5, 2 * hourMs), ...others, toRecord('m-1', 3)]);
  await runOnJournal(dataDir, env);
  return (await readRecords(dataDir, 'latest')).some(({ headers }) => headers.revision === '3');
}

/** Returns the log of a run on a journal. */
async function logOfJournal(env: Env): Promise<string> {
  const dataDir = temporaryDirectory();
  await appendRecords({ DATA_DIR: dataDir }, [toEventRecord('m-1', 1)]);
  const run = startCommand(['filter'], { ...env, DATA_DIR: dataDir });
  await run.exited;
  return run.stderr();
}

const ofJournal: readonly Row[] = [
  row('FILTER_WINDOW', () => ({ to: '1h', see: seeOlderOnJournal, shows: true }), 'journal'),
  row('LOG_LEVEL', () => ({ to: 'warn', see: logOfJournal, shows: '' }), 'journal'),
  row(
    'LOG_FORMAT',
    () => ({ to: 'text', see: logOfJournal, shows: expect.stringMatching(/^[^{]*filtered the journal/) }),
    'journal',
  ),
  row('DATA_DIR', () => {
    const dataDir = temporaryDirectory();
    const see = async (env: Env) => {
      await filterJournal(env);
      return (await readRecords(dataDir, 'latest')).length;
    };
    return { from: temporaryDirectory(), to: dataDir, see, shows: 1 };
  }),
  row(
    'KAFKA_TOPIC',
    () => ({ to: 'others', see: filterJournal, shows: [['others.latest m-2'], []] }),
    'journal',
  ),
  row(
    'TOPIC_RULES',
    () => ({
      to: 'message.*=others',
      see: filterJournal,
      shows: [['comapi.events.latest m-1'], ['others.latest m-2']],
    }),
    'journal',
  ),
];

export const filterRows: readonly Row[] = [
  ...ofKafka,
  ...ofJournal,
  ...managementRows(open),
  ...kafkaAccessRows(open),
  ...storeTlsRows(open, ['kafka']),
  ...processRows('filter', async () => ({ ...(await startKafka()).env, MANAGEMENT_PORT: '0' })),
];
