import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createLogger } from '../../src/runtime/logger.ts';
import { SpoolKeeper } from '../../src/spool/spool-keeper.ts';
import { createSpoolMetrics } from '../../src/spool/spool-metrics.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { createEventRecord, keepTestSpool } from '../support/test-spool.ts';

test('shows what the spool holds, its bound, and what was drained', async () => {
  const registry = new Registry();
  const spool = await keepTestSpool(temporaryDirectory(), { maxBytes: 100_000 });
  const metrics = createSpoolMetrics(registry, spool);
  const read = async () =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

  expect(await read()).toEqual([
    'comapi_webhook_spool_up 1',
    'comapi_webhook_spool_records 0',
    'comapi_webhook_spool_bytes 0',
    'comapi_webhook_spool_limit_bytes 100000',
    'comapi_webhook_spool_oldest_timestamp_seconds 0',
    'comapi_webhook_spool_set_aside_records 0',
    'comapi_webhook_spool_drained_records_total{outcome="stored"} 0',
    'comapi_webhook_spool_drained_records_total{outcome="dead_lettered"} 0',
  ]);

  await spool.append([createEventRecord('a', 2), createEventRecord('a', 3)], 5_000);
  await spool.setAside('segment', ['a line']);
  metrics.drained({ stored: 5, deadLettered: 1 });
  expect(await read()).toEqual([
    'comapi_webhook_spool_up 1',
    'comapi_webhook_spool_records 2',
    `comapi_webhook_spool_bytes ${spool.bytes}`,
    'comapi_webhook_spool_limit_bytes 100000',
    'comapi_webhook_spool_oldest_timestamp_seconds 120',
    'comapi_webhook_spool_set_aside_records 1',
    'comapi_webhook_spool_drained_records_total{outcome="stored"} 5',
    'comapi_webhook_spool_drained_records_total{outcome="dead_lettered"} 1',
  ]);
  await spool.close();
  const other = await keepTestSpool(spool.directory);
  const late = new SpoolKeeper({ directory: spool.directory, maxBytes: 1, logger: createLogger('silent') });
  const lateRegistry = new Registry();
  createSpoolMetrics(lateRegistry, late);
  await late.open();
  expect(await lateRegistry.metrics()).toContain('comapi_webhook_spool_up 0');
  await Promise.all([late.close(), other.close()]);
});
