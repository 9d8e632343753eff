import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createFilterMetrics } from '../../../src/observe/filter-metrics.ts';
import { Health } from '../../../src/observe/health.ts';
import { createFilterReport } from '../../../src/observe/status/filter-report.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { checkStatus } from '../../support/status-contract.ts';

const topics = { events: 'events', latest: 'latest', deadLetter: 'dead' };

function setUp(partitions: () => readonly { readonly partition: number; readonly state: string }[]) {
  const registry = new Registry();
  const metrics = createFilterMetrics(registry, '1');
  const health = new Health([{ name: 'group', check: () => ({ ok: false, detail: 'not a member' }) }], {
    staysReady: false,
  });
  const report = createFilterReport({
    groupId: 'group',
    topics,
    filter: { partitions },
    health,
    registry,
    clock: createFakeClock(),
  });
  return {
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
