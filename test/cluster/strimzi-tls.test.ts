import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { waitUntil } from '../support/wait-until.ts';
import { baseValues, livePods, newTopics, postToPod, signingSecret } from './support/deploy.ts';
import { useNamespace } from './support/namespace.ts';
import { type StrimziCluster, startStrimziCluster } from './support/strimzi-cluster.ts';

const namespace = useNamespace('strimzi');
const example = join(chartDirectory, 'examples/strimzi.yaml');
const { kafka: _, store: __, ...ownValues } = baseValues(newTopics());
/**
 * Creates the topics as the topic operator would, because this cluster does not have the custom resources of the
 * operator.
 */
const values = { ...ownValues, topics: { strimzi: { cluster: '' } }, revisionFilter: { enabled: true } };
let strimzi: StrimziCluster;

beforeAll(async () => {
  strimzi = await startStrimziCluster(namespace.name);
  for (const topic of ['comapi.events', 'comapi.events.dead-letter']) {
    await createTopic(strimzi.kafka.internalBootstrap, topic, { partitions: 3 });
  }
  await createTopic(strimzi.kafka.internalBootstrap, 'comapi.events.latest', {
    partitions: 3,
    configs: { 'cleanup.policy': 'compact' },
  });
  await namespace.apply(
    signingSecret(),
    ...strimzi.services,
    await strimzi.pki.clusterCaSecret('main'),
    await strimzi.pki.userSecret('events'),
    await strimzi.pki.untrustedSecret('untrusted'),
  );
});
afterAll(() => strimzi?.stop());

test('the example is ready with the Secrets that Strimzi writes, and has no more rights than its KafkaUser', async () => {
  await namespace.helm(['install', 'events', '--wait', '--timeout=120s', '--values', example], values);
  expect(await livePods(namespace, 'receiver')).toHaveLength(2);
  expect(await livePods(namespace, 'filter')).toHaveLength(1);
});

test('an event goes through to Kafka and through the filter', async () => {
  const said = await namespace.helm(['test', 'events', '--timeout=60s', '--logs']);
  expect(said).toContain('200 {"accepted":1,"deadLettered":0}');
  const eventId = await postToPod(namespace, 'events');
  const bootstrap = strimzi.kafka.internalBootstrap;
  const events = await readCommitted({ bootstrap, topic: 'comapi.events' }, 2);
  const stored = events.find(({ headers }) => headers.ce_id === eventId);
  const [latest] = await readCommitted({ bootstrap, topic: 'comapi.events.latest' }, 1);
  expect(JSON.parse(stored?.value?.toString() ?? '')).toMatchObject({ eventId });
  expect(latest?.value).toEqual(stored?.value);
});

test('a certificate of another authority is refused, and readyz says so', async () => {
  await namespace.helm(['install', 'untrusted', '--values', example], {
    ...values,
    revisionFilter: { enabled: false },
    replicaCount: 1,
    store: { tls: { existingSecret: 'untrusted' } },
  });
  const reason = await waitUntil(
    async () => {
      const answer = await readyz('untrusted');
      return answer?.status === 503 && /alert/.test(answer.text) && answer.text;
    },
    { timeoutMs: 60_000, what: 'readyz names the refusal', pollMs: 500 },
  );
  expect(reason).toMatch(/alert (unknown ca|bad certificate|certificate unknown)/);
});

/**
 * Waits until the only receiver of a release is running, and then runs a command in it. Returns the output of the
 * command.
 */
async function readyz(release: string): Promise<{ status: number; text: string } | undefined> {
  const { items } = await namespace.get(
    'pods',
    '--selector',
    `app.kubernetes.io/component=receiver,app.kubernetes.io/instance=${release}`,
  );
  const address: string | undefined = items[0]?.status.podIP;
  if (address === undefined) {
    return undefined;
  }
  const answer = await fetch(`http://${address}:9090/readyz?verbose`).catch(() => undefined);
  return answer && { status: answer.status, text: await answer.text() };
}
