import { expect, test } from 'vitest';
import {
  decideStart,
  describeLogReset,
  logResetReasons,
  type StartFacts,
} from '../../src/filter/decide-start.ts';

const mark = { events: { topicId: 'a', epoch: 3 }, latest: { topicId: 'l', end: 40 } };
const asBefore: StartFacts = {
  committed: { offset: 100, mark },
  latestMark: mark.latest,
  events: { topicId: 'a', earliest: 10, end: 200, epochEnd: 150 },
  latest: { topicId: 'l', earliest: 0, end: 41 },
};

function decide(change: Partial<StartFacts>) {
  const { startOffset, resets } = decideStart({ ...asBefore, ...change });
  return [startOffset, ...resets.map(({ reason }) => reason)];
}

const events = (change: Partial<StartFacts['events']>) => ({ events: { ...asBefore.events, ...change } });
const latest = (change: Partial<StartFacts['latest']>) => ({ latest: { ...asBefore.latest, ...change } });
const { committed: _committed, ...uncommitted } = asBefore;

test.for<[string, Partial<StartFacts>, readonly (number | string)[]]>([
  ['a log that goes on', {}, [100]],
  ['everything is read', events({ end: 100, epochEnd: 100 }), [100]],
  ['another topic of the same name', events({ topicId: 'b' }), [10, 'topic_recreated']],
  [
    'another topic that is longer than the position',
    events({ topicId: 'b', epochEnd: -1 }),
    [10, 'topic_recreated'],
  ],
  ['an end before the position', events({ end: 60, epochEnd: 150 }), [10, 'log_truncated']],
  ['an epoch that ends before the position', events({ epochEnd: 60 }), [60, 'log_truncated']],
  ['an epoch that has nothing left', events({ earliest: 0, epochEnd: 0 }), [0, 'log_truncated']],
  ['an epoch that ended before what is left', events({ epochEnd: 5 }), [10, 'log_truncated']],
  ['an epoch that the log does not know', events({ epochEnd: -1 }), [10, 'log_truncated']],
  ['records that were deleted unread', events({ earliest: 120 }), [120, 'records_expired']],
  ['another latest-state topic', latest({ topicId: 'm' }), [10, 'latest_recreated']],
  ['states up to the mark', latest({ end: 40 }), [100]],
  ['states that are missing', latest({ end: 39 }), [10, 'latest_truncated']],
  ['both', { ...events({ epochEnd: 60 }), ...latest({ end: 1 }) }, [10, 'log_truncated', 'latest_truncated']],
])('%s', ([_name, change, expected]) => {
  expect(decide(change)).toEqual(expected);
});

test('brokers without ids and epochs are judged by the end alone', () => {
  const before = { committed: { offset: 100, mark: { events: { epoch: -1 }, latest: { end: 0 } } } };
  expect(decide({ ...before, events: { earliest: 0, end: 100 } })).toEqual([100]);
  expect(decide({ ...before, events: { earliest: 0, end: 99 } })).toEqual([0, 'log_truncated']);
  expect(decide({ committed: { offset: 100, mark }, events: { earliest: 0, end: 100 } })).toEqual([100]);
});

test('an offset that the filter has not committed counts, and is said', () => {
  const start = (change: Partial<StartFacts>) => decide({ committed: { offset: 100 }, ...change });
  expect(start({})).toEqual([100, 'offset_set']);
  expect(start(events({ end: 60 }))).toEqual([10, 'log_truncated']);
  expect(start(events({ earliest: 120 }))).toEqual([120, 'records_expired']);
});

test('states that are missing are noticed whoever has set the offset, and without one', () => {
  const lost = { ...latest({ end: 39 }), latestMark: mark.latest };
  expect(decide({ ...lost, committed: { offset: 100 } })).toEqual([10, 'offset_set', 'latest_truncated']);
  const { resets } = decideStart({
    ...uncommitted,
    ...lost,
    latest: { ...asBefore.latest, end: 39, hasStates: true },
  });
  expect(resets.map(({ reason }) => reason)).toEqual(['offset_lost', 'latest_truncated']);
  expect(decide({ committed: { offset: 100, mark }, latestMark: { topicId: 'm', end: 1 } })).toEqual([
    10,
    'latest_recreated',
  ]);
});

test('without an offset all is read; that is said when something was read before', () => {
  const start = (change: Partial<StartFacts>) => decideStart({ ...uncommitted, ...change });
  expect(start({})).toEqual({ startOffset: 10, resets: [] });
  expect(start(latest({ hasStates: true })).resets).toMatchObject([
    { reason: 'offset_lost', startOffset: 10 },
  ]);
  expect(start({ lastTopicId: 'b' }).resets).toMatchObject([{ reason: 'topic_recreated' }]);
  expect(start({ lastTopicId: 'a' }).resets).toEqual([]);
});

test('each reason of a reset has a sentence of its own', () => {
  const sentences = logResetReasons.map((reason) => describeLogReset({ reason, startOffset: 0 }));
  expect(sentences).toHaveLength(7);
  expect(new Set(sentences).size).toBe(sentences.length);
});
