import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, test } from 'vitest';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { setTopicConfigs } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const codecs: readonly Compression[] = ['gzip', 'zstd', 'lz4', 'snappy', 'none'];
const count = 300;

let bootstrap: string;

beforeAll(async () => {
  bootstrap = await kafkaBrokers();
});

const toTopicConfigs = (codec: Compression) => ({
  'compression.type': codec === 'none' ? 'uncompressed' : codec,
});

const entities = Array.from({ length: count }, (_, index) => `entity-${index}`);

describe.each(codecs)('records compressed with %s', (codec) => {
  test('by the brokers, the filter reads them, and its own state after a restart', async () => {
    const configs = toTopicConfigs(codec);
    const topics = await createFilterTopics(bootstrap, { partitions: 1, latestConfigs: configs });
    await setTopicConfigs(bootstrap, topics.events, configs);
    const send = await connectTestProducer(bootstrap);
    const messages = (revision: bigint) => entities.map((entity) => toEventMessage({ entity, revision }, 1));
    await send(topics.events, messages(1n));
    const env = toFilterEnv(bootstrap, topics);
    const first = await startTestFilter(env);
    await whenFiltered(first, count);
    await first.stop();

    await send(topics.events, messages(1n));
    const second = await startTestFilter(env);
    await whenFiltered(second, count);
    await whenReady(second);
    expect(await second.metric('comapi_webhook_filter_tracked_entities')).toBe(count);
    expect(await readCommitted({ bootstrap, topic: topics.latest }, count)).toHaveLength(count);
  });

  test('by another producer, the filter reads them byte for byte', async () => {
    const topics = await createFilterTopics(bootstrap, { partitions: 1 });
    const value = (entity: string) => `{"eventId":"${entity}","text":"${'Ünïcode '.repeat(30)}${entity}"}`;
    await produceWithKcat({
      ...{ bootstrap, topic: topics.events, partition: 0, compression: codec },
      headers: { ce_id: 'x', ce_type: 'message.sent', revision: '7', webhook: 'webhook' },
      records: entities.map((entity) => ({ key: entity, value: value(entity) })),
    });
    const filter = await startTestFilter(toFilterEnv(bootstrap, topics));
    await whenFiltered(filter, count);
    const states = await readCommitted({ bootstrap, topic: topics.latest }, count);
    expect(states.map(({ key, value: stored }) => [String(key), String(stored)])).toEqual(
      entities.map((entity) => [entity, value(entity)]),
    );
  });
});

type Compression = 'none' | 'gzip' | 'zstd' | 'lz4' | 'snappy';

interface ProduceWithKcatOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partition: number;
  readonly compression: Compression;
  /** Headers that every record gets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly records: readonly { readonly key: string; readonly value: string }[];
}

/**
 * Writes records that librdkafka compresses. It frames snappy data in a different way than Kafka's Java client does.
 */
async function produceWithKcat(options: ProduceWithKcatOptions): Promise<void> {
  const kcat = await provideTool('kcat');
  const { topic, partition, compression, headers, records } = options;
  const child = spawn(
    kcat,
    [
      ...['-P', '-b', options.bootstrap, '-t', topic, '-p', String(partition), '-z', compression, '-K', '\t'],
      ...['-X', 'linger.ms=200'],
      ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]),
    ],
    { stdio: ['pipe', 'ignore', 'inherit'], timeout: 30_000, killSignal: 'SIGKILL' },
  );
  child.stdin.end(records.map(({ key, value }) => `${key}\t${value}\n`).join(''));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Error(`kcat ended with ${code}`);
  }
}
