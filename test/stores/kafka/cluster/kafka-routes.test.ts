import { expect, test } from 'vitest';
import type {
  ClusterView,
  PartitionView,
  TopicView,
} from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import { errorCodes } from '../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { createKafkaRoutes } from '../../../../src/stores/kafka/cluster/kafka-routes.ts';

const first = { host: 'one', port: 9092 };
const second = { host: 'two', port: 9092 };
const partition: PartitionView = { leader: 2, replicas: [2, 1], inSyncCount: 2, leaderEpoch: 4 };
const topic = { errorCode: 0, topicId: 'id', partitions: [partition, { ...partition, leader: -1 }] };
const viewOfTwo: ClusterView = {
  controllerId: 1,
  brokers: new Map([
    [1, first],
    [2, second],
  ]),
  topics: new Map<string, TopicView>([
    ['events', topic],
    ['denied', { errorCode: errorCodes.TOPIC_AUTHORIZATION_FAILED, partitions: [] }],
    ['absent', { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] }],
  ]),
};

function setUp(view: ClusterView = viewOfTwo) {
  const state = { reads: 0, failing: false, closed: 0 };
  const routes = createKafkaRoutes({
    topics: ['events'],
    reader: {
      async read(topics, options) {
        state.reads += 1;
        // A broker that does not know a topic is not queried again.
        expect([topics, options]).toEqual([['events'], { another: true }]);
        if (state.failing) {
          throw new Error('nobody');
        }
        return view;
      },
      close: () => {
        state.closed += 1;
      },
    },
    connections: {
      call: async () => ({ errorCode: 0, coordinator: second }),
      supports: async () => true,
      close: () => {
        state.closed += 1;
      },
    },
  });
  return { routes, state };
}

test('the controller is the broker of that id; while there is none it is requested again', async () => {
  expect(await setUp().routes.controllerOf()).toEqual(first);
  const { controllerId: _, ...headless } = viewOfTwo;
  await expect(setUp(headless).routes.controllerOf()).rejects.toMatchObject({ kind: 'reroute' });
});

test('leaders come from one view until it is forgotten', async () => {
  const { routes, state } = setUp();
  expect(await routes.leaderOf('events', 0)).toEqual(second);
  expect(await routes.viewOf({ topic: 'events', partition: 0 })).toEqual({ topicId: 'id', leaderEpoch: 4 });
  expect(await routes.partitionCountOf('events')).toBe(2);
  expect(state.reads).toBe(1);
  routes.forget();
  await routes.leaderOf('events', 0);
  expect(state.reads).toBe(2);
});

test.each([
  ['events', 1, { kind: 'reroute', message: 'events-1 has no leader' }],
  ['absent', 0, { kind: 'reroute', errorCode: 3 }],
  ['unknown', 0, { kind: 'reroute', errorCode: 3 }],
  ['denied', 0, { kind: 'fail', errorCode: 29 }],
])('partition %s-%s has no leader to ask', async (name, number, error) => {
  await expect(setUp().routes.leaderOf(name, number)).rejects.toMatchObject(error);
});

test('a topic that does not exist has no partitions; one that may not be described is an error', async () => {
  const { routes } = setUp();
  expect(await routes.partitionCountOf('absent')).toBe(0);
  expect(await routes.topicViewOf('unknown')).toBeUndefined();
  await expect(routes.topicViewOf('denied')).rejects.toMatchObject({ errorCode: 29 });
});

test('a failed reading is not kept', async () => {
  const { routes, state } = setUp();
  state.failing = true;
  await expect(routes.leaderOf('events', 0)).rejects.toMatchObject({
    kind: 'reroute',
    message: 'No broker responds',
  });
  state.failing = false;
  expect(await routes.leaderOf('events', 0)).toEqual(second);
});

test('a coordinator is found over its connections; closing closes these and the reader', async () => {
  const { routes, state } = setUp();
  expect(await routes.coordinatorOf('group', 'filters')).toEqual(second);
  routes.close();
  expect(state.closed).toBe(2);
});
