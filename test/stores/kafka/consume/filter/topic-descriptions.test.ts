import { expect, test } from 'vitest';
import type { TopicView } from '../../../../../src/stores/kafka/cluster/cluster-view.ts';
import { toTopicFacts } from '../../../../../src/stores/kafka/cluster/topics/topic-facts.ts';
import {
  createTopicDescriptions,
  validateFilterTopics,
} from '../../../../../src/stores/kafka/consume/filter/topic-descriptions.ts';
import { createFakeKafkaRoutes } from '../../../../support/fake-kafka-routes.ts';
import { createTopicFacts, testTopics } from '../../../../support/topic-facts.ts';

const partition = { leader: 1, replicas: [1, 2, 3], inSyncCount: 3 };
const toView = (count: number): TopicView => ({
  errorCode: 0,
  partitions: Array.from({ length: count }, () => partition),
});

const windowMs = 259_200_000;

function setUp() {
  const views = new Map<string, TopicView>(Object.values(testTopics).map((topic) => [topic, toView(3)]));
  const configs = new Map<string, ReadonlyMap<string, string> | Error>();
  const described: string[] = [];
  const descriptions = createTopicDescriptions({
    topics: testTopics,
    windowMs,
    routes: createFakeKafkaRoutes({
      topicViewOf: async (topic) => views.get(topic),
      partitionCountOf: async (topic) => views.get(topic)?.partitions.length ?? 0,
    }),
    reader: {
      async describeTopic(topic) {
        described.push(topic);
        const found = configs.get(topic);
        if (found instanceof Error) {
          throw found;
        }
        return found;
      },
    },
  });
  return { descriptions, views, configs, described };
}

test('all three topics are described and judged together', async () => {
  const { descriptions, views } = setUp();
  views.set('latest', toView(4));
  expect(await descriptions.describeAll()).toMatchObject({
    events: { topic: 'events', partitionCount: 3 },
    latest: { topic: 'latest', partitionCount: 4 },
    deadLetter: { topic: 'dead', partitionCount: 3 },
    refusal: expect.stringContaining('events has 3 partitions but latest has 4'),
  });
});

test('a topic that does not exist is described so, and its settings are not requested', async () => {
  const { descriptions, views, described } = setUp();
  views.delete('latest');
  expect((await descriptions.describeAll()).latest).toMatchObject({ topic: 'latest', partitionCount: 0 });
  expect(described.toSorted()).toEqual(['dead', 'events']);
});

test('a topic whose settings no broker gives now is to be requested again, of another', async () => {
  const { descriptions, configs } = setUp();
  const cut = new Error('cut');
  configs.set('dead', cut);
  await expect(descriptions.describeAll()).rejects.toMatchObject({
    kind: 'reroute',
    message: 'dead cannot be described',
    cause: cut,
  });
});

test('the limit of a batch is that of the latest-state topic', async () => {
  const { descriptions, configs } = setUp();
  configs.set('events', new Map([['max.message.bytes', '5']]));
  configs.set('latest', new Map([['max.message.bytes', '12582912']]));
  expect(await descriptions.maxLatestBatchBytes()).toBe(12_582_912);
});

test('all partitions that want the limit at once share one question, and later ones ask again', async () => {
  const { descriptions, configs, described } = setUp();
  configs.set('latest', new Map([['max.message.bytes', '5']]));
  const many = Array.from({ length: 100 }, () => descriptions.maxLatestBatchBytes());
  expect(new Set(await Promise.all(many))).toEqual(new Set([5]));
  configs.set('latest', new Error('cut'));
  await expect(descriptions.maxLatestBatchBytes()).rejects.toThrow('latest cannot be described');
  configs.set('latest', new Map([['max.message.bytes', '6']]));
  expect(await descriptions.maxLatestBatchBytes()).toBe(6);
  expect(described).toEqual(['latest', 'latest', 'latest']);
});

test.each([
  ['may not be read', undefined],
  ['do not have it', new Map([['cleanup.policy', 'compact']])],
])("it is Kafka's default while the settings %s", async (_what, found) => {
  const { descriptions, configs } = setUp();
  if (found !== undefined) {
    configs.set('latest', found);
  }
  expect(await descriptions.maxLatestBatchBytes()).toBe(1_048_588);
});

test('of a topic that a broker does not know yet nothing is taken for granted: the next one is asked', async () => {
  const { descriptions, views } = setUp();
  views.delete('latest');
  await expect(descriptions.maxLatestBatchBytes()).rejects.toMatchObject({
    kind: 'reroute',
    message: 'latest does not exist',
  });
});

test('no partitions of the events topic are an error: the group would be assigned nothing', async () => {
  const { descriptions, views } = setUp();
  expect(await descriptions.countPartitions()).toBe(3);
  views.delete('events');
  await expect(descriptions.countPartitions()).rejects.toMatchObject({
    kind: 'reroute',
    message: 'events does not exist',
  });
});

test('a topic that is missing is no reason to refuse', () => {
  const missing = toTopicFacts('latest', undefined, undefined);
  const [events, deadLetter] = [createTopicFacts('events'), createTopicFacts('dead')];
  const judged = validateFilterTopics({ events, latest: missing, deadLetter }, windowMs);
  expect(judged.refusal).toBeUndefined();
  expect(judged.latest).toMatchObject({ topic: 'latest', partitionCount: 0 });
});
