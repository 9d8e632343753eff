import { expect } from 'vitest';
import type { FilterReport } from '../../../src/observe/status/status-report.ts';
import { toEventMessage } from '../filter/event-message.ts';
import { toFilterEnv } from '../filter/filter-env.ts';
import { createFilterTopics } from '../filter/filter-topics.ts';
import { startTestFilter } from '../filter/test-filter.ts';
import { connectTestProducer } from '../filter/test-producer.ts';
import { createTopic, deleteTopic } from '../kafka/topics.ts';
import type { KafkaStage } from './kafka-stage.ts';
import type { ProvokedState, Scene, Scrape } from './provoked-state.ts';
import { patience } from './receiver-scene.ts';

const compacted = { 'cleanup.policy': 'compact' };

/** States of a revision filter on Kafka. */
export const filterStates: readonly ProvokedState<KafkaStage>[] = [
  {
    id: 'filter_starting',
    how: 'start without topics',
    exitCode: 1,
    alerts: { minutes: 1 },
    provoke: async (stage) => ({ scene: await startWithoutTopics(stage) }),
  },
  {
    id: 'filter_waiting',
    how: 'start without topics, and wait',
    exitCode: 1,
    provoke: async (stage) => ({ scene: await startWithoutTopics(stage) }),
  },
  {
    id: 'filter_waiting',
    how: 'delete the latest-state topic',
    exitCode: 1,
    async provoke(stage) {
      const { scene, topics } = await startFiltering(stage);
      await deleteTopic(stage.cluster.internalBootstrap, topics.latest);
      return { scene };
    },
  },
  {
    id: 'filtering',
    how: 'filter an event',
    exitCode: 0,
    async provoke(stage) {
      const { scene, send } = await startFiltering(stage);
      return { scene, goOn: send };
    },
  },
  {
    id: 'filter_log_reset',
    how: 'recreate the events topic',
    exitCode: 0,
    // After 15 minutes, the state and its alert would end.
    alerts: { minutes: 10 },
    async provoke(stage) {
      const { scene, topics, listStates } = await startFiltering(stage);
      await deleteTopic(stage.cluster.internalBootstrap, topics.events);
      await createTopic(stage.cluster.internalBootstrap, topics.events, { replicas: [1] });
      const send = await connectTestProducer(stage.cluster.internalBootstrap);
      await send(topics.events, [toEventMessage({ entity: 'a', revision: 9n }, 1)]);
      await expect.poll(listStates, patience).toContain('filter_log_reset');
      return { scene };
    },
  },
  {
    id: 'filter_lagging',
    how: 'kill the broker of the latest-state topic',
    exitCode: 0,
    async provoke(stage) {
      const { scene, send } = await startFiltering(stage);
      await stage.killBroker(2);
      await send(200);
      return { scene };
    },
  },
  {
    id: 'filter_stalled',
    how: 'kill the broker of the latest-state topic, and wait',
    exitCode: 1,
    async provoke(stage) {
      const { scene, send } = await startFiltering(stage);
      await stage.killBroker(2);
      await send();
      return { scene };
    },
  },
  {
    id: 'filter_restoring',
    how: 'kill the broker of the latest-state topic, and start',
    exitCode: 1,
    async provoke(stage) {
      const topics = await createTopics(stage);
      await stage.killBroker(2);
      const { scene } = await startScene(toFilterEnv(stage.cluster.internalBootstrap, topics));
      return { scene };
    },
  },
];

async function startScene(env: Readonly<Record<string, string>>) {
  const { managementUrl } = await startTestFilter(env);
  const before: Scrape[] = [];
  const report = async () => (await (await fetch(`${managementUrl}/status.json`)).json()) as FilterReport;
  const scene: Scene = {
    managementUrl,
    report,
    before,
    alertsBefore: [],
    scrape: async () => ({
      epochMs: Date.now(),
      text: await (await fetch(`${managementUrl}/metrics`)).text(),
    }),
  };
  const listStates = async () => {
    const { headline, otherProblems } = await report();
    return [headline, ...otherProblems].map(({ id }) => id);
  };
  return { scene, before, listStates };
}

async function startWithoutTopics({ cluster }: KafkaStage): Promise<Scene> {
  const missing = `missing-${Date.now()}`;
  const topics = { events: missing, latest: `${missing}.latest`, deadLetter: `${missing}.dead-letter` };
  return (await startScene(toFilterEnv(cluster.internalBootstrap, topics))).scene;
}

/**
 * Creates topics with one partition each. The first broker has the events topic, and the third broker has the
 * latest-state topic.
 */
async function createTopics({ cluster }: KafkaStage) {
  const topics = await createFilterTopics(cluster.internalBootstrap, { partitions: 1 });
  for (const [topic, replicas, configs] of [
    [topics.events, [1], {}],
    [topics.latest, [3], compacted],
  ] as const) {
    await deleteTopic(cluster.internalBootstrap, topic);
    await createTopic(cluster.internalBootstrap, topic, { replicas, configs });
  }
  return topics;
}

/** Starts a filter that has filtered an event. */
async function startFiltering(stage: KafkaStage) {
  const topics = await createTopics(stage);
  const bootstrap = stage.cluster.internalBootstrap;
  const produce = await connectTestProducer(bootstrap);
  let revision = 0n;
  const send = (count = 1) =>
    produce(
      topics.events,
      Array.from({ length: count }, () => {
        revision += 1n;
        return toEventMessage({ entity: 'a', revision }, 1);
      }),
    );
  const started = await startScene(toFilterEnv(bootstrap, topics));
  const { scene, before, listStates } = started;
  await expect.poll(listStates, patience).toEqual(['filtering']);
  const countFiltered = async () =>
    /^comapi_webhook_filter_records_total\{.*\} (\d+)/m.exec((await scene.scrape()).text)?.[1];
  before.push(await scene.scrape());
  await send();
  await expect.poll(countFiltered, patience).toBe('1');
  before.push(await scene.scrape());
  return { ...started, topics, send: (count?: number) => send(count) };
}
