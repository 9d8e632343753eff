import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { expect, onTestFinished, test } from 'vitest';
import type { Sink } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { createSpoolMetrics, openSpoolingSink } from '../../../src/stores/spool/open-spooling-sink.ts';
import { SpoolKeeper } from '../../../src/stores/spool/spool-keeper.ts';
import { EventFields } from '../../../src/webhook/event-fields.ts';
import { type KeyRules, parseKeyRules } from '../../../src/webhook/key-rules.ts';
import { planRecords } from '../../../src/webhook/plan-records.ts';
import { storeRecords } from '../../../src/webhook/store-records.ts';
import { readmitDeadLetter } from '../../../src/webhook/verified-body.ts';
import { captureLog } from '../../support/captured-log.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord, keepTestSpool, toIds } from '../../support/test-spool.ts';

async function open(store: Sink, { directory = temporaryDirectory(), events = 'events' } = {}) {
  const { logger, lines } = captureLog();
  const registry = new Registry();
  const sink = openSpoolingSink({
    directory,
    maxBytes: 1_000_000,
    store,
    topics: [{ events, deadLetter: 'dead' }],
    drainOnCloseMs: 1_000,
    registry,
    clock: systemClock,
    logger,
  });
  onTestFinished(() => sink.close());
  await sink.start();
  return { sink, registry, lines, directory };
}

test('puts a spool before a store, with metrics and a line in the log', async () => {
  const store = createMemorySink();
  const { sink, registry, lines, directory } = await open(store);
  await expect
    .poll(() => lines)
    .toMatchObject([{ level: 'info', directory, records: 0, msg: 'the spool is open' }]);
  const facts = {
    webhook: 'w',
    topic: 'events',
    deadLetterTopic: 'dead',
    receivedAt: '2024-01-01T00:00:00.000Z',
  };
  const body = readmitDeadLetter(Buffer.from('[{"id":"a"},{"id":"b"},7]'));
  const plan = planRecords(body, facts, new EventFields(parseKeyRules('*=id') as KeyRules));
  store.up = false;
  const counts = await storeRecords(sink, plan, deadlineIn(5_000));
  expect([counts.stored, [...counts.deadLettered]]).toEqual([2, [['not_object', 1]]]);
  expect(await registry.metrics()).toContain('comapi_webhook_spool_records 3');

  // One of them becomes the dead letter that it would have become without the spool.
  store.reject = ({ key }) => (key === 'b' ? 'too_large' : undefined);
  store.up = true;
  await expect.poll(() => store.records.length).toBe(3);
  expect(store.records).toContainEqual(plan.deadLetterFor(1, 'too_large'));
  expect(await registry.metrics()).toContain('drained_records_total{outcome="dead_lettered"} 1');
});

test('drains what was set aside once its cause is mended and the file was moved to a spool of its own', async () => {
  const directory = temporaryDirectory();
  const away = createMemorySink();
  away.up = false;
  const before = await open(away, { directory });
  await before.sink.append([createEventRecord('a', 1)], deadlineIn(5_000));
  await before.sink.close();

  // Somebody renamed the topic too early.
  const renamed = createMemorySink();
  const after = await open(renamed, { directory, events: 'renamed' });
  await expect.poll(() => after.registry.metrics()).toContain('set_aside_records 1');
  await after.sink.append([{ ...createEventRecord('a', 2), topic: 'renamed' }], deadlineIn(5_000));
  expect(toIds(renamed.records)).toEqual(['a-2']);

  const again = temporaryDirectory();
  renameSync(join(directory, 'set-aside.jsonl'), join(again, '0000000001.jsonl'));
  await expect.poll(() => after.registry.metrics()).toContain('set_aside_records 0');
  const store = createMemorySink();
  await open(store, { directory: again });
  await expect.poll(() => toIds(store.records)).toEqual(['a-1']);
});

test('refuses a store whose appends cannot be abandoned', async () => {
  const { abandon: _, ...journal } = createMemorySink();
  await expect(open(journal)).rejects.toThrow('This store cannot have a spool');
});

test('without SPOOL_DIR nothing of the spool is loaded, and the store gets each append itself', () => {
  const source = (path: string) => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { startReceiver } = await import(${source('receiver.ts')});
    const { loadReceiverConfig } = await import(${source('config/receiver-config.ts')});
    const { systemClock } = await import(${source('runtime/clock.ts')});
    const { createLogger } = await import(${source('runtime/logger.ts')});
    const { storeRecords } = await import(${source('webhook/store-records.ts')});
    const config = loadReceiverConfig({
      HTTP_PORT: '0', MANAGEMENT_PORT: '0', SHUTDOWN_DELAY_MS: '0',
      KAFKA_BROKERS: '127.0.0.1:1', WEBHOOK_SECRET: 'a secret of the right length',
    });
    const receiver = await startReceiver(config, { logger: createLogger('silent'), clock: systemClock });
    await receiver.stop();
    const given = [];
    const sink = { append: async (...args) => (given.push(args), []) };
    const plan = { events: [{}], deadLetters: [] };
    await storeRecords(sink, plan, 7);
    const [[records, deadline, deadLetters]] = given;
    console.log(JSON.stringify({
      receiver: loaded.filter((url) => url.includes('/src/stores/kafka/')).length > 0,
      spool: loaded.filter((url) => url.includes('/src/stores/spool/') && !url.includes('config')),
      passed: records === plan.events && deadline === 7 && deadLetters === plan,
    }));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect(JSON.parse(printed)).toEqual({ receiver: true, spool: [], passed: true });
});

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
    'comapi_webhook_spool_left_behind 0',
    'comapi_webhook_spool_set_aside_records 0',
    'comapi_webhook_spool_drained_records_total{outcome="stored"} 0',
    'comapi_webhook_spool_drained_records_total{outcome="dead_lettered"} 0',
  ]);

  await spool.append([createEventRecord('a', 2), createEventRecord('a', 3)], 5_000);
  await spool.current?.setAside.add('segment', ['a line']);
  spool.leaveBehind({ topic: 'events', partition: 3, of: 12 }, 'a test said so');
  metrics.drained({ stored: 5, deadLettered: 1 });
  expect(await read()).toEqual([
    'comapi_webhook_spool_up 1',
    'comapi_webhook_spool_records 2',
    `comapi_webhook_spool_bytes ${spool.bytes}`,
    'comapi_webhook_spool_limit_bytes 100000',
    'comapi_webhook_spool_oldest_timestamp_seconds 120',
    'comapi_webhook_spool_left_behind 1',
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
