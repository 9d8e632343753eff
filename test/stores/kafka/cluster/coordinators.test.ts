import { expect, onTestFinished, test, vi } from 'vitest';
import type { ClusterView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import { createCoordinators } from '../../../../src/stores/kafka/cluster/coordinators.ts';
import { KafkaAnswerError } from '../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';

const found = { host: 'coordinator', port: 9092 };

function setUpCoordinators(brokers: readonly string[] = ['guide']) {
  const asked: { readonly host: string; readonly parameters: object }[] = [];
  /**
   * Each entry is an error code, or an error that replaces the response. After the last entry, all responses are
   * successful.
   */
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

test('a group and a transactional id of one name are requested once each', async () => {
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

test('what is forgotten is requested again, of the broker that answered before', async () => {
  const { coordinators, asked, state } = setUpCoordinators();
  await coordinators.coordinatorOf('group', 'filter');
  state.brokers = ['other'];
  coordinators.forget();
  await coordinators.coordinatorOf('group', 'filter');
  expect(asked.map(({ host }) => host)).toEqual(['guide', 'guide']);
  expect(state.views).toBe(1);
});

test.each([
  [0, 'one'],
  [0.5, 'two'],
  [0.999, 'three'],
])('the broker that is asked is drawn by lot: %f', async (drawn, host) => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(drawn);
  onTestFinished(() => random.mockRestore());
  const { coordinators, asked } = setUpCoordinators(['one', 'two', 'three']);
  await coordinators.coordinatorOf('group', 'filter');
  expect(asked.map((each) => each.host)).toEqual([host]);
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
    message: expect.stringMatching(/^cannot find the transaction coordinator: COORDINATOR_NOT_AVAILABLE/),
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
