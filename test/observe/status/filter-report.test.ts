import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { logResetReasons } from '../../../src/filter/decide-start.ts';
import { createFilterMetrics } from '../../../src/observe/filter-metrics.ts';
import { Health } from '../../../src/observe/health.ts';
import { FilterHistory } from '../../../src/observe/status/filter-history.ts';
import { createFilterReport } from '../../../src/observe/status/filter-report.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { checkStatus } from '../../support/status-contract.ts';

const [logResetReason = 'events_recreated' as never] = logResetReasons;
const topics = { events: 'events', latest: 'latest', deadLetter: 'dead' };

function setUp(partitions: () => readonly { readonly partition: number; readonly state: string }[]) {
  const registry = new Registry();
  const metrics = createFilterMetrics(registry, '1');
  const health = new Health([{ name: 'group', check: () => ({ ok: false, detail: 'not a member' }) }], {
    staysReady: false,
  });
  const clock = createFakeClock();
  const history = new FilterHistory(clock);
  const report = createFilterReport({
    groupId: 'group',
    topics,
    filter: { partitions },
    health,
    history,
    registry,
    clock,
  });
  return {
    clock,
    history,
    metrics,
    async read() {
      const read: unknown = JSON.parse(JSON.stringify(await report()));
      expect(checkStatus(read)).toEqual([]);
      return read;
    },
  };
}

test('gives each partition with its state, what waits, and the entities in memory', async () => {
  const { metrics, read } = setUp(() => [
    { partition: 10, state: 'restoring' },
    { partition: 2, state: 'running' },
  ]);
  metrics.lag(2, 7);
  metrics.position({ partition: 2, position: 100, entities: 40 });
  expect(await read()).toMatchObject({
    process: 'filter',
    ready: false,
    checks: [{ name: 'group', ok: false, detail: 'not a member' }, { name: 'lifecycle' }],
    group: 'group',
    topics,
    partitions: [
      { partition: 2, state: 'running', lag: 7, entities: 40 },
      { partition: 10, state: 'restoring' },
    ],
  });
});

test('gives the records a minute of the last five minutes, and when a topic had lost records', async () => {
  const { clock, history, read } = setUp(() => []);
  clock.advance(60_000);
  history.committed(300);
  clock.advance(60_000);
  history.committed(100);
  history.reset(3, { reason: logResetReason });
  expect(await read()).toMatchObject({
    recordsPerMinute: 200,
    lastReset: { partition: 3, reason: logResetReason },
  });
  clock.advance(5 * 60_000);
  expect(await read()).toMatchObject({ recordsPerMinute: 0 });
});
