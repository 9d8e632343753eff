import { expect, test } from 'vitest';
import { type Sink, SinkError } from '../../../src/ports/sink.ts';
import { judgeSink, type SinkEvidence, sinkJudges } from './judge-sink.ts';
import { createSinkScenario } from './sink-scenario.ts';

/** A faulty sink. It acknowledges records without storing them and does nothing else that a sink must do. */
function createUnfaithfulSink(): Sink {
  let appends = 0;
  return {
    start: async () => undefined,
    append() {
      appends += 1;
      if (appends === 1) {
        return new Promise(() => undefined);
      }
      return appends === 2
        ? Promise.reject(new SinkError('sink_unavailable', 'without a reason'))
        : Promise.resolve([]);
    },
    health: () => ({ up: false, detail: 'away' }),
    close: () => new Promise(() => undefined),
  };
}

/**
 * Runs a round without faults against the faulty sink.
 * @returns the names of the rule checks that report no violation
 */
async function findSilent(losesDirectoryAfterMs: number): Promise<readonly string[]> {
  const gathered: SinkEvidence[] = [];
  const ids: string[] = [];
  const scenario = createSinkScenario(
    {
      name: 'unfaithful',
      planFaults: () => [],
      start: (world) => ({
        async openSink({ logger }) {
          world.after(losesDirectoryAfterMs, () => logger.error('another process has taken over'));
          world.after(30_000, () => {
            throw new Error('of a timer');
          });
          return createUnfaithfulSink();
        },
        createRecord(id, key) {
          ids.push(id);
          return { topic: 'events', key, headers: { ce_id: id }, value: Buffer.from(id) };
        },
        ...{ hasOtherWay: false, isOdd: () => false, strike: () => false, heal: () => undefined },
        read: async () => ({
          inOrder: ids
            .slice(0, 30)
            .flatMap((id) => [id, id])
            .toReversed(),
          elsewhere: ['nobody-1'],
          ...{ isExact: true, isWhole: true },
          flow: { withinMs: 1_000, isConcerned: () => true, storedMs: new Map() },
        }),
        judge: async () => ['it has not finished'],
      }),
    },
    (evidence) => {
      gathered.push(evidence);
      return judgeSink(evidence);
    },
  );
  const { violations } = await scenario.runRound(1, []);
  const [evidence] = gathered as [SinkEvidence];
  expect(judgeSink(evidence)).toEqual(violations);
  const silent = Object.entries(sinkJudges).filter(([, judge]) => judge(evidence).length === 0);
  return silent.map(([name]) => name);
}

test('all judges speak of a sink that does nothing of what it says', async () => {
  expect(await findSilent(1_000_000)).toEqual(['judgeDirectories']);
  // A process that has lost its directory has no pending work to report.
  expect(await findSilent(50_000)).toEqual(['judgeUnfinished']);
});
