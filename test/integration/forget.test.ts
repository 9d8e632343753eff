import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { appendRecords, toEventRecord } from '../support/append-records.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics, type FilterTopicsOptions } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic, type StoredRecord } from '../support/kafka/read-topic.ts';
import { setTopicConfigs } from '../support/kafka/topics.ts';
import { runCommand } from '../support/run-command.ts';
import { waitUntil } from '../support/wait-until.ts';

const partitions = 3;
const body = 'Dear Zoe, call +44 7700 900123';

let cluster: KafkaCluster;

beforeAll(async () => {
  // By default, the cleaner runs every 15 s.
  cluster = await startKafkaCluster({ nodes: 1, brokerConfig: { 'log.cleaner.backoff.ms': '500' } });
});
afterAll(() => cluster?.stop());

async function setUp(options: Partial<FilterTopicsOptions> = {}) {
  const { bootstrap } = cluster;
  const topics = await createFilterTopics(bootstrap, { partitions, ...options });
  const env = toFilterEnv(bootstrap, topics);
  const event = (key: string, revision: number) =>
    toEventRecord(key, revision, 'message.sent', { topic: topics.events, body });
  return {
    topics,
    env,
    send: (...events: (readonly [key: string, revision: number])[]) =>
      appendRecords(
        env,
        events.map((each) => event(...each)),
      ),
    forget: (...args: string[]) => runCommand(['forget', '--yes', ...args], env),
    readStates: () => readTopic({ bootstrap, topic: topics.latest, readCommitted: true }),
  };
}

const compactAtOnce = {
  ...{ 'cleanup.policy': 'compact', 'segment.ms': '200' },
  ...{ 'min.cleanable.dirty.ratio': '0.001', 'max.compaction.lag.ms': '1000' },
};

const ofKey = (records: readonly StoredRecord[], key: string) =>
  records.filter((record) => record.key?.toString() === key);

/** Lists the revisions of states, with the revisions of tombstones in brackets. */
const describeStates = (records: readonly StoredRecord[], key: string) =>
  ofKey(records, key).map(({ value, headers }) =>
    value === null ? `(${headers['entity-revision']})` : headers.revision,
  );

describe('beside the revision filter', () => {
  test('an erased state stays erased: for a running filter, and for one that restores from what compaction left', async () => {
    const latestConfigs = { 'max.compaction.lag.ms': '86400000', 'delete.retention.ms': '3600000' };
    const { env, topics, send, forget, readStates } = await setUp({ latestConfigs });
    const first = await startTestFilter(env);
    await whenReady(first);
    await send(['m-1', 1], ['m-1', 3], ['m-2', 1]);
    await whenFiltered(first, 3);

    const dry = await forget('m-1', '--dry-run');
    expect([dry.code, JSON.parse(dry.stdout)]).toEqual([
      0,
      expect.objectContaining({ key: 'm-1', revision: '3', erased: false }),
    ]);
    expect(dry.stderr).toContain('Would erase 1 latest state.\n');
    expect(describeStates(await readStates(), 'm-1')).toEqual(['1', '3']);

    const { code, stdout, stderr } = await forget('m-1', 'm-9');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { ...JSON.parse(dry.stdout), name: 'message.sent', erased: true },
    ]);
    expect(stderr).toContain('Erased 1 latest state. No state was found for 1 of 2 keys.\n');
    expect(stderr).toContain(
      `Kafka removes the erased states from ${topics.latest} at the next compaction, which is due within 24 h.`,
    );
    expect(stderr).toContain('Set delete.retention.ms to 1209600000 or more.');
    expect(stdout + stderr + dry.stdout).not.toMatch(/Zoe|7700/);
    const partition = partitionFor('m-1', partitions);
    expect(ofKey(await readStates(), 'm-1').at(-1)).toMatchObject({ partition, value: null });
    expect((await forget('m-1')).stderr).toContain(
      'Erased 0 latest states. No state was found for 1 of 1 key.\n',
    );

    await send(['m-1', 2], ['m-1', 3], ['m-2', 2]);
    await whenFiltered(first, 6);
    await first.stop();
    expect(describeStates(await readStates(), 'm-1')).toEqual(['1', '3', '(3)']);
    expect(describeStates(await readStates(), 'm-2')).toEqual(['1', '2']);

    await setTopicConfigs(cluster.bootstrap, topics.latest, compactAtOnce);
    const produce = await connectTestProducer(cluster.bootstrap);
    await waitUntil(
      async () => {
        // Kafka does not compact the active segment. A later record starts a new segment, so that the earlier one can
        // be compacted.
        await produce(topics.latest, [{ key: 'other', partition, value: '{"revision":1}' }]);
        return describeStates(await readStates(), 'm-1').join(' ') === '(3)';
      },
      { timeoutMs: 60_000, what: 'compaction has left the tombstone alone' },
    );
    const second = await startTestFilter(env);
    await whenReady(second);
    expect(await second.metric('comapi_webhook_filter_log_resets_total')).toBe(0);
    await send(['m-1', 3], ['m-1', 2], ['m-2', 3]);
    await whenFiltered(second, 3);
    expect(describeStates(await readStates(), 'm-1')).toEqual(['(3)']);
    expect(describeStates(await readStates(), 'm-2')).toContain('3');

    await send(['m-1', 4]);
    await whenFiltered(second, 4);
    // Compaction may already have removed the tombstone.
    expect(describeStates(await readStates(), 'm-1').at(-1)).toBe('4');
  });
});
