import { expect } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { readTopic } from '../simulation/kafka/read-log.ts';
import { startModelBroker } from '../support/kafka/start-model-broker.ts';
import { waitUntil } from '../support/wait-until.ts';
import { deliver, event, withReceiver } from './seen-receiver.ts';
import { type Row, row } from './trial.ts';

type Cluster = Awaited<ReturnType<typeof startModelBroker>>['cluster'];

async function startKafka(env: Env) {
  const { cluster, connection } = await startModelBroker();
  for (const name of ['comapi.events', 'comapi.events.dead-letter', 'others', 'others.dead-letter', 'lost']) {
    cluster.addTopic({ name, partitionCount: 1 });
  }
  return { cluster, env: { KAFKA_BROKERS: connection.brokers.join(','), ...env } };
}

/** Delivers an event and an invalid element. Returns the topics that then have records. */
async function seeTopics(given: Env): Promise<readonly string[]> {
  const { cluster, env } = await startKafka(given);
  await deliver(env, { body: `[${event},7]` });
  return [...cluster.topics.values()].filter((topic) => readTopic(topic).length > 0).map(({ name }) => name);
}

/** Returns the codec number of a topic's first batch. */
export function readCodec(cluster: Cluster, topic: string): number {
  const options = { fromOffset: 0, maxBytes: 1_000_000, isCommittedOnly: false, mustProgress: true };
  const attributesAt = 21;
  return (cluster.logOf(topic, 0)?.read(options).recordSet.readInt16BE(attributesAt) ?? 0) & 7;
}
export const zstd = 4;

async function seeCodec(given: Env): Promise<number> {
  const { cluster, env } = await startKafka(given);
  await deliver(env, { body: `[${event.slice(0, -1)},"text":"${'x'.repeat(5_000)}"}]` });
  return readCodec(cluster, 'comapi.events');
}

/** Returns the receiver's findings about its topics, after it has checked their settings. */
async function seeFindings(given: Env): Promise<string> {
  const { env } = await startKafka(given);
  return withReceiver(env, ({ managementUrl }) =>
    waitUntil(
      async () => {
        const text = await (await fetch(`${managementUrl}/status.json`)).text();
        return text.split('"verdict"').length > 2 && text;
      },
      { timeoutMs: 20_000, what: 'the topics are checked', pollMs: 10 },
    ),
  );
}

/** Rows for the receiver's records on Kafka. */
export const kafkaRows: readonly Row[] = [
  row('KAFKA_TOPIC', () => ({ to: 'others', see: seeTopics, shows: ['others', 'others.dead-letter'] })),
  row('KAFKA_DEAD_LETTER_TOPIC', () => ({ to: 'lost', see: seeTopics, shows: ['comapi.events', 'lost'] })),
  row('KAFKA_COMPRESSION', () => ({ to: 'zstd', see: seeCodec, shows: zstd })),
  row(
    'MAX_BODY_BYTES',
    () => ({
      to: '1024',
      see: seeFindings,
      shows: expect.not.stringContaining('can contain a whole request body'),
    }),
    'kafka',
  ),
];
