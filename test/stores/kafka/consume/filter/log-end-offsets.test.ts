import { expect, test } from 'vitest';
import { errorCodes } from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { readLogEnds } from '../../../../../src/stores/kafka/consume/filter/log-end-offsets.ts';
import { createFakeKafkaRoutes } from '../../../../support/fake-kafka-routes.ts';

interface Asked {
  readonly host: string;
  readonly parameters: unknown;
}

/**
 * `even` leads even partitions, `odd` leads odd ones, and 9 has no leader. The end of a log is ten times its partition
 * number.
 */
function setUp(
  answerOf: (host: string, partitions: readonly number[]) => readonly object[] | Error = toEnds,
) {
  const asked: Asked[] = [];
  const problems: (Error | undefined)[] = [];
  const state = { forgotten: 0 };
  const deps: Parameters<typeof readLogEnds>[0] = {
    topic: 'events',
    routes: createFakeKafkaRoutes({
      async leaderOf(_topic, partition) {
        if (partition === 9) {
          throw new Error('events-9 has no leader');
        }
        return { host: partition % 2 === 0 ? 'even' : 'odd', port: 9092 };
      },
      forget: () => {
        state.forgotten += 1;
      },
    }),
    connections: {
      async call({ host }, { parameters }) {
        asked.push({ host, parameters });
        const { topics } = parameters as { topics: [{ partitions: { partition: number }[] }] };
        const answer = answerOf(
          host,
          topics[0].partitions.map(({ partition }) => partition),
        );
        if (answer instanceof Error) {
          throw answer;
        }
        return { responses: [{ topic: 'events', partitions: answer }] };
      },
    },
    problems: { observe: (_place, error) => problems.push(error as Error | undefined) },
  };
  const read = async (...partitions: number[]) => Object.fromEntries(await readLogEnds(deps, partitions));
  return { read, asked, problems, state };
}

const toEnd = (partition: number) => ({ partition, errorCode: 0, offset: String(partition * 10) });

function toEnds(_host: string, partitions: readonly number[]) {
  return partitions.map(toEnd);
}

test('each leader is asked once for all of its partitions, up to what may still be aborted', async () => {
  const { read, asked, problems, state } = setUp();
  expect(await read(0, 1, 2, 3)).toEqual({ 0: 0, 1: 10, 2: 20, 3: 30 });
  const toParameters = (...partitions: number[]) => ({
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ topic: 'events', partitions: partitions.map((partition) => ({ partition, timestamp: -1 })) }],
  });
  expect(asked).toEqual([
    { host: 'even', parameters: toParameters(0, 2) },
    { host: 'odd', parameters: toParameters(1, 3) },
  ]);
  expect([problems, state.forgotten]).toEqual([[undefined], 0]);
});

test('without partitions nobody is asked, and there is no problem', async () => {
  const { read, asked, problems } = setUp();
  expect(await read()).toEqual({});
  expect([asked, problems]).toEqual([[], [undefined]]);
});

test('a leader that does not answer skips its partitions only, and leaders are looked for anew', async () => {
  const { read, problems, state } = setUp((host, partitions) =>
    host === 'odd' ? new Error('cut') : toEnds(host, partitions),
  );
  expect(await read(0, 1, 2)).toEqual({ 0: 0, 2: 20 });
  expect(problems).toMatchObject([{ message: 'cut' }]);
  expect(state.forgotten).toBe(1);
});

test('a partition without a leader is skipped, and the others are read', async () => {
  const { read, problems, state } = setUp();
  expect(await read(9, 1)).toEqual({ 1: 10 });
  expect(problems).toMatchObject([{ message: 'events-9 has no leader' }]);
  expect(state.forgotten).toBe(1);
});

test('an error of one partition is the problem, with its name', async () => {
  const { read, problems } = setUp((_host, partitions) =>
    partitions.map((each) => ({ ...toEnd(each), errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER })),
  );
  expect(await read(3)).toEqual({});
  expect(problems[0]?.message).toMatch(/^cannot find an offset of events-3: NOT_LEADER_OR_FOLLOWER/);
});

test.each([
  ['leaves a partition out', [toEnd(0)]],
  ['has another partition in its place', [toEnd(0), toEnd(4)]],
])('an answer that %s is a problem, and what it has counts', async (_what, answer) => {
  const { read, problems, state } = setUp(() => answer);
  expect(await read(0, 2)).toEqual({ 0: 0 });
  expect(problems).toMatchObject([
    { message: 'The response of a leader does not contain all requested partitions' },
  ]);
  expect(state.forgotten).toBe(1);
});
