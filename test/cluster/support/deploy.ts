import { randomBytes, randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { createSampleEvent } from '../../../src/tools/provider/sample-event.ts';
import type { Manifest, Values } from '../../chart/support/render.ts';
import { readTopic } from '../../support/kafka/read-topic.ts';
import { createTopic } from '../../support/kafka/topics.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { Namespace } from './namespace.ts';
import type { TlsClient } from './tls-client.ts';

export const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';

export interface Topics {
  readonly topic: string;
  readonly deadLetterTopic: string;
}

/** Generates names that no other test uses. */
export function newTopics(): Topics {
  const prefix = `events-${randomBytes(3).toString('hex')}`;
  return { topic: prefix, deadLetterTopic: `${prefix}.dead-letter` };
}

/** Creates new topics on the Kafka of the tests, including the latest-state topic. */
export async function createTopics(): Promise<Topics> {
  const topics = newTopics();
  const bootstrap = inject('kafkaBootstrap');
  for (const topic of Object.values(topics)) {
    await createTopic(bootstrap, topic, { partitions: 3 });
  }
  const configs = { 'cleanup.policy': 'compact' };
  await createTopic(bootstrap, `${topics.topic}.latest`, { partitions: 3, configs });
  return topics;
}

export const quickEnd = { SHUTDOWN_DELAY_MS: 2_000, SHUTDOWN_TIMEOUT_MS: 15_000 };

/**
 * Values that every release on the cluster under test needs: its image, the Kafka of the tests, and short times for
 * start and shutdown.
 */
export function baseValues(topics: Topics): Values {
  const { image } = inject('cluster');
  return {
    image: imageValues(image),
    webhooks: [{ existingSecret: 'signing' }],
    kafka: { brokers: [inject('kafkaBootstrap')] },
    store: { topic: topics.topic },
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '384Mi' } },
    shutdown: { preStopSeconds: 3 },
    env: quickEnd,
  };
}

export function imageValues(image: string): Values {
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(image) ?? [];
  return { repository, tag, pullPolicy: 'Never' };
}

export function signingSecret(secrets: Readonly<Record<string, string>> = { current: secret }): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'signing' }, stringData: secrets };
}

/** Pods of a component that are not terminating. */
export async function livePods({ get }: Namespace, component: string): Promise<Manifest[]> {
  const { items } = await get('pods', '--selector', `app.kubernetes.io/component=${component}`);
  return items.filter((pod: Manifest) => pod.metadata.deletionTimestamp === undefined);
}

/**
 * Posts an event with an event name of the provider to a pod of a release, bypassing the ingress. @returns the id of
 * the event
 */
export async function postToPod(namespace: Namespace, release: string): Promise<string> {
  const pods = await livePods(namespace, 'receiver');
  const pod = pods.find(({ metadata }) => metadata.labels['app.kubernetes.io/instance'] === release);
  const event = { ...createSampleEvent({ name: 'message.delivered' }), eventId: randomUUID() };
  const body = Buffer.from(JSON.stringify(event));
  const headers = { 'content-type': 'application/json', 'x-comapi-signature': signBody(body, secret) };
  const answer = await fetch(`http://${pod?.status.podIP}:8080/webhook`, { method: 'POST', headers, body });
  if (answer.status !== 200) {
    throw new Error(`${answer.status} ${await answer.text()}`);
  }
  return event.eventId;
}

/** Waits until the event is committed on the topic. @returns the value of the event */
export function storedEvent(topic: string, eventId: string): Promise<string> {
  return waitUntil(
    async () => {
      const records = await readTopic({ bootstrap: inject('kafkaBootstrap'), topic, readCommitted: true });
      return records.find((record) => record.headers.ce_id === eventId)?.value?.toString();
    },
    { timeoutMs: 20_000, what: `event ${eventId} is on ${topic}`, pollMs: 250 },
  );
}

/** Waits until the ingress controller serves a new route. Until then, the controller itself responds with 404. */
export function whenRouted(client: TlsClient, signedWith = secret): Promise<{ readonly eventId: string }> {
  return waitUntil(
    async () => {
      const answer = await client.postEvent('/webhook', signedWith);
      return answer.status === 200 && answer;
    },
    { timeoutMs: 30_000, what: 'the route leads to a receiver', pollMs: 250 },
  );
}
