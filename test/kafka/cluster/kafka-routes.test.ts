import { expect, test } from 'vitest';
import type { ClusterView, PartitionView, TopicView } from '../../../src/kafka/cluster/cluster-view.ts';
import {
  createCoordinators,
  createKafkaRoutes,
  keepAnswer,
} from '../../../src/kafka/cluster/kafka-routes.ts';
import { KafkaAnswerError } from '../../../src/kafka/errors/kafka-answer-error.ts';
import { errorCodes } from '../../../src/kafka/errors/kafka-errors.ts';

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
  const asked: { readonly host: string; readonly parameters: object }[] = [];
  const state = { reads: 0, failing: false, errorCode: 0, closed: 0 };
  const routes = createKafkaRoutes({
    topics: ['events'],
    reader: {
      async read() {
        state.reads += 1;
        if (state.failing) {
          throw new Error('nobody');
        }
        return view;
      },
      describeTopic: async () => undefined,
      close: () => {
        state.closed += 1;
      },
    },
    connections: {
      async call({ host }, { parameters }) {
        asked.push({ host, parameters });
        if (state.failing) {
          throw new Error('cut');
        }
        return { errorCode: state.errorCode, coordinator: { nodeId: 2, ...second } };
      },
      supports: async () => true,
      close: () => {
        state.closed += 1;
      },
    },
  });
  return { routes, asked, state };
}

test('the controller is the broker of that id; while there is none it is asked for again', async () => {
  expect(await setUp().routes.controllerOf()).toEqual(first);
  const { controllerId: _, ...headless } = viewOfTwo;
  await expect(setUp(headless).routes.controllerOf()).rejects.toMatchObject({ kind: 'reroute' });
});

test('leaders come from one view until it is forgotten', async () => {
  const { routes, state } = setUp();
  expect(await routes.leaderOf('events', 0)).toEqual(second);
  expect(await routes.viewOf({ topic: 'events', partition: 0 })).toEqual({ topicId: 'id', leaderEpoch: 4 });
  expect(await routes.partitionCountOf('events')).toBe(2);
  expect(routes.brokerAt(second)).toBe(2);
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
    message: 'No broker answers',
  });
  state.failing = false;
  expect(await routes.leaderOf('events', 0)).toEqual(second);
});

test('a coordinator is asked for once, by its kind', async () => {
  const { routes, asked } = setUp();
  expect(await routes.coordinatorOf('group', 'filters')).toEqual(second);
  expect(await routes.coordinatorOf('group', 'filters')).toEqual(second);
  await routes.coordinatorOf('transaction', 'filters');
  expect(asked.map(({ parameters }) => parameters)).toEqual([
    { groupId: 'filters', coordinatorType: 0 },
    { groupId: 'filters', coordinatorType: 1 },
  ]);
});

test('a coordinator that is not found is asked for again', async () => {
  const { routes, asked, state } = setUp();
  state.errorCode = errorCodes.COORDINATOR_NOT_AVAILABLE;
  await expect(routes.coordinatorOf('group', 'g')).rejects.toMatchObject({ kind: 'reroute', errorCode: 15 });
  state.failing = true;
  await expect(routes.coordinatorOf('group', 'g')).rejects.toMatchObject({
    kind: 'reroute',
    message: 'The group coordinator is not found',
  });
  Object.assign(state, { failing: false, errorCode: 0 });
  expect(await routes.coordinatorOf('group', 'g')).toEqual(second);
  expect(asked).toHaveLength(3);
});

test('closing closes the reader and the connections', () => {
  const { routes, state } = setUp();
  routes.close();
  expect(state.closed).toBe(2);
});

test('an answer is asked for once, also by several at the same time', async () => {
  const answers = new Map<string, Promise<number>>();
  let count = 0;
  const ask = async () => {
    count += 1;
    return count;
  };
  expect(await Promise.all([keepAnswer(answers, 'a', ask), keepAnswer(answers, 'a', ask)])).toEqual([1, 1]);
  expect(await keepAnswer(answers, 'b', ask)).toBe(2);
});

test('a failed answer is not kept, and does not take a later one away', async () => {
  const answers = new Map<string, Promise<string>>();
  const late = Promise.withResolvers<string>();
  const early = keepAnswer(answers, 'a', () => late.promise);
  answers.clear();
  const later = keepAnswer(answers, 'a', async () => 'new');
  late.reject(new Error('gone'));
  await expect(early).rejects.toThrow('gone');
  expect(answers.size).toBe(1);
  expect(await later).toBe('new');

  const failed = keepAnswer(answers, 'b', () => Promise.reject(new Error('no')));
  await expect(failed).rejects.toThrow('no');
  expect(await keepAnswer(answers, 'b', async () => 'again')).toBe('again');
});

const found = { host: 'coordinator', port: 9092 };

function setUpCoordinators(brokers: readonly string[] = ['guide']) {
  const asked: { readonly host: string; readonly parameters: object }[] = [];
  /** Each an error code, or an error in place of an answer; then only good answers. */
  const answers: (number | Error)[] = [];
  const state = { brokers, views: 0 };
  const coordinators = createCoordinators({
    async readView(): Promise<ClusterView> {
      state.views += 1;
      return {
        brokers: new Map(state.brokers.map((host, nodeId) => [nodeId, { host, port: 9092 }])),
        topics: new Map(),
      };
    },
    connections: {
      async call({ host }, { parameters }) {
        asked.push({ host, parameters });
        const answer = answers.shift() ?? 0;
        if (answer instanceof Error) {
          throw answer;
        }
        return { errorCode: answer, coordinator: { nodeId: 7, ...found } };
      },
      supports: async () => true,
      close: () => {},
    },
  });
  return { coordinators, asked, answers, state };
}

test('a group and a transactional id of one name are asked for once each', async () => {
  const { coordinators, asked } = setUpCoordinators();
  const ask = (kind: 'group' | 'transaction') => coordinators.coordinatorOf(kind, 'filter');
  const answers = await Promise.all([ask('group'), ask('transaction'), ask('group')]);
  expect(answers).toEqual([found, found, found]);
  await ask('transaction');
  expect(asked.map(({ parameters }) => parameters)).toEqual([
    { groupId: 'filter', coordinatorType: 0 },
    { groupId: 'filter', coordinatorType: 1 },
  ]);
});

test('what is forgotten is asked for again, of the broker that answered before', async () => {
  const { coordinators, asked, state } = setUpCoordinators();
  await coordinators.coordinatorOf('group', 'filter');
  state.brokers = ['other'];
  coordinators.forget();
  await coordinators.coordinatorOf('group', 'filter');
  expect(asked.map(({ host }) => host)).toEqual(['guide', 'guide']);
  expect(state.views).toBe(1);
});

test('after a missing answer another broker is looked for', async () => {
  const { coordinators, asked, answers, state } = setUpCoordinators();
  const cut = new Error('cut');
  answers.push(cut);
  await expect(coordinators.coordinatorOf('group', 'filter')).rejects.toMatchObject({
    kind: 'reroute',
    cause: cut,
  });
  state.brokers = ['other'];
  expect(await coordinators.coordinatorOf('group', 'filter')).toEqual(found);
  expect(asked.map(({ host }) => host)).toEqual(['guide', 'other']);
});

test('an error that has a kind already keeps it', async () => {
  const { coordinators, answers } = setUpCoordinators();
  const closed = new KafkaAnswerError('fail', -1, 'The connections are closed');
  answers.push(closed);
  await expect(coordinators.coordinatorOf('group', 'filter')).rejects.toBe(closed);
});

test('an answer that is an error is not kept', async () => {
  const { coordinators, answers } = setUpCoordinators();
  answers.push(errorCodes.COORDINATOR_NOT_AVAILABLE);
  await expect(coordinators.coordinatorOf('transaction', 'filter-3')).rejects.toMatchObject({
    kind: 'reroute',
    message: expect.stringMatching(/^finding the transaction coordinator: COORDINATOR_NOT_AVAILABLE/),
  });
  expect(await coordinators.coordinatorOf('transaction', 'filter-3')).toEqual(found);
});

test('a missing right is named by what is coordinated', async () => {
  const { coordinators, answers } = setUpCoordinators();
  answers.push(errorCodes.GROUP_AUTHORIZATION_FAILED, errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  await expect(coordinators.coordinatorOf('group', 'filter')).rejects.toThrow('--group filter');
  await expect(coordinators.coordinatorOf('transaction', 'filter-3')).rejects.toThrow(
    '--transactional-id filter-3',
  );
});

test('a view without brokers is a reason to read another', async () => {
  const { coordinators, asked, state } = setUpCoordinators([]);
  await expect(coordinators.coordinatorOf('group', 'filter')).rejects.toMatchObject({ kind: 'reroute' });
  expect(asked).toEqual([]);
  state.brokers = ['guide'];
  expect(await coordinators.coordinatorOf('group', 'filter')).toEqual(found);
});
