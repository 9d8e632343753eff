import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { loadFilterConfig } from '../../../src/config/filter-config.ts';
import { decideRevision } from '../../../src/filter/filter-records.ts';
import { startRevisionFilter } from '../../../src/revision-filter.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { captureLog } from '../../support/captured-log.ts';
import { openFilter } from '../../support/filter/open-filter.ts';
import { startCollector } from '../../support/otlp-collector.ts';
import { startCommand } from '../../support/receiver-process.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';
import { waitUntil } from '../../support/wait-until.ts';

let server: RedisServer;
let env: Record<string, string>;

beforeEach(async () => {
  server = await startRedisServer();
  env = {
    REDIS_URL: server.url,
    MANAGEMENT_PORT: '0',
    HTTP_HOST: '127.0.0.1',
    FILTER_SESSION_TIMEOUT_MS: '6000',
  };
});

afterEach(() => server.stop());

const group = 'comapi-webhook-filter';

async function startFilter(more: Record<string, string> = {}) {
  const log = captureLog();
  const config = loadFilterConfig({ ...env, ...more });
  const filter = await startRevisionFilter(config, {
    ...(await openFilter(config)),
    logger: log.logger,
    clock: systemClock,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= filter.stop());
  onTestFinished(stop);
  const fetchText = async (path: string) =>
    (await fetch(filter.managementUrl.replace('localhost', '127.0.0.1') + path)).text();
  return { log, stop, metrics: () => fetchText('/metrics'), readiness: () => fetchText('/readyz?verbose') };
}

function addState(
  key: string,
  revision: string | undefined,
  stream = 'comapi.events',
  more: readonly string[] = [],
) {
  const subject = ['ce_subject', key];
  return server.ask(
    ...['XADD', stream, '*', 'key', key, 'value', `{"r":${revision ?? null}}`],
    ...['ce_specversion', '1.0', 'ce_type', 'message.delivered', ...subject, 'webhook', 'default'],
    ...(revision === undefined ? [] : ['revision', revision]),
    ...more,
  );
}

/** Everything is acknowledged. */
async function whenDone(stream = 'comapi.events'): Promise<void> {
  await waitUntil(
    async () => {
      const [facts] = (await server.ask('XINFO', 'GROUPS', stream)) as (string | number)[][];
      const find = (name: string) => facts?.[facts.indexOf(name) + 1];
      return facts !== undefined && find('lag') === 0 && find('pending') === 0;
    },
    { timeoutMs: 30_000, what: 'every entry is acknowledged' },
  );
}

const stateOf = async (key: string) => {
  const flat = (await server.ask('HGETALL', `comapi.events.latest:${key}`)) as string[];
  return Object.fromEntries(
    flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]]] : [])),
  );
};

describe('filter on Redis', () => {
  test('keeps the latest state of each entity, and drops what is obsolete or repeated', async () => {
    for (const revision of ['2', '1', '2', '10', '9']) {
      await addState('a', revision);
    }
    await addState('b', '18446744073709551615');
    await addState('b', '18446744073709551614');
    const { metrics } = await startFilter();
    await whenDone();
    expect(await stateOf('a')).toMatchObject({
      key: 'a',
      value: '{"r":10}',
      revision: '10',
      ce_type: 'message.delivered',
    });
    expect((await stateOf('b')).revision).toBe('18446744073709551615');
    const text = await metrics();
    for (const [outcome, count] of [
      ['forwarded', 3],
      ['obsolete', 3],
      ['duplicate', 1],
    ]) {
      expect(text).toContain(
        `comapi_webhook_filter_records_total{outcome="${outcome}",family="message"} ${count}\n`,
      );
    }
    expect(text).toMatch(/comapi_webhook_filter_lag_records\{partition="0"\} \d/);
    const ttl = Number(await server.ask('PTTL', 'comapi.events.latest:a'));
    expect(ttl).toBeGreaterThan(71 * 3_600_000);
    expect(ttl).toBeLessThanOrEqual(72 * 3_600_000);
  });

  test('shows in the trace of a delivery what became of its event', async () => {
    const collector = await startCollector();
    const traceIds = ['4bf92f3577b34da6a3ce929d0e0e4736', '0af7651916cd43dd8448eb211c80319c'];
    await addState('a', '3');
    for (const [index, traceId] of traceIds.entries()) {
      const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
      await addState('a', String(3 + index), 'comapi.events', ['traceparent', traceparent]);
    }
    const { stop } = await startFilter({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await whenDone();
    await stop();
    const shown = collector.spans.map(({ name, traceId, attributes }) => [
      name,
      traceId,
      attributes['comapi_webhook.filter.outcome'],
      attributes['messaging.system'],
    ]);
    expect(shown).toEqual([
      ['filter comapi.events', traceIds[0], 'duplicate', 'redis'],
      ['filter comapi.events', traceIds[1], 'forwarded', 'redis'],
    ]);
  });

  test('decides as the filter of Kafka does, whatever the numbers', async () => {
    const revisions = ['0', '9', '10', '9007199254740993', '9007199254740992', '18446744073709551615'];
    const pairs = revisions.flatMap((first) => revisions.map((second) => [first, second] as const));
    for (const [first, second] of pairs) {
      await addState(`${first}-${second}`, first);
      await addState(`${first}-${second}`, second);
    }
    await startFilter();
    await whenDone();
    for (const [first, second] of pairs) {
      const isLater = decideRevision(BigInt(first), BigInt(second)) === 'forwarded';
      expect((await stateOf(`${first}-${second}`)).value).toBe(`{"r":${isLater ? second : first}}`);
    }
  });

  test('an event without a revision becomes the state, and does not hide the highest revision', async () => {
    await addState('a', '7');
    await addState('a', undefined);
    await addState('a', '6');
    await startFilter();
    await whenDone();
    expect(await stateOf('a')).toMatchObject({ value: '{"r":null}', revision: '7' });
  });

  test('what is no event becomes a dead letter that names its place, and is passed', async () => {
    const id = await server.ask(
      'XADD',
      'comapi.events',
      '*',
      'key',
      'k',
      'value',
      'not json',
      'webhook',
      'w',
    );
    await addState('a', '1');
    await startFilter();
    await whenDone();
    const probe = await server.connect();
    const letters = await readStoredRecords(probe, 'comapi.events.dead-letter');
    probe.close();
    expect(letters.map(({ key, value, headers }) => [key?.toString(), value?.toString(), headers])).toEqual([
      [
        'k',
        'not json',
        {
          reason: 'not_json',
          'received-at': expect.stringMatching(/^20/),
          webhook: 'w',
          'source-topic': 'comapi.events',
          'source-partition': '0',
          'source-offset': id,
        },
      ],
    ]);
    expect((await stateOf('a')).revision).toBe('1');
  });

  test('an entity leaves after its window, and is new again', async () => {
    await addState('a', '5');
    await startFilter();
    await whenDone();
    await server.ask('PEXPIRE', 'comapi.events.latest:a', '1');
    await expect.poll(() => server.ask('EXISTS', 'comapi.events.latest:a')).toBe(0);
    await addState('a', '1');
    await whenDone();
    expect((await stateOf('a')).revision).toBe('1');
  });

  test('what a dead member had is taken over, and counts once', async () => {
    await server.ask('XGROUP', 'CREATE', 'comapi.events', group, '0', 'MKSTREAM');
    await addState('a', '1');
    await addState('a', '2');
    await server.ask('XREADGROUP', 'GROUP', group, 'dead', 'COUNT', '10', 'STREAMS', 'comapi.events', '>');
    const { metrics } = await startFilter();
    await addState('a', '3');
    await whenDone();
    expect((await stateOf('a')).revision).toBe('3');
    expect(await metrics()).toContain('records_total{outcome="obsolete",family="message"} 2\n');
  });

  test('a member that died between reading and applying goes on with what it had', async () => {
    await server.ask('XGROUP', 'CREATE', 'comapi.events', group, '0', 'MKSTREAM');
    await addState('a', '1');
    await server.ask('XREADGROUP', 'GROUP', group, 'me', 'COUNT', '10', 'STREAMS', 'comapi.events', '>');
    await startFilter({ FILTER_INSTANCE_ID: 'me', FILTER_SESSION_TIMEOUT_MS: '1800000' });
    await whenDone();
    expect((await stateOf('a')).revision).toBe('1');
  });

  test('several members share several streams, killed -9 and with the server killed -9; every state is right', async () => {
    const streams = ['comapi.events.0', 'comapi.events.1', 'comapi.events.2'];
    const command = () => startCommand(['filter'], { ...env, REDIS_STREAM_COUNT: '3' });
    let members = [command(), command()];
    const probe = await server.connect();
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const addStates = () =>
      Promise.all(
        Array.from({ length: 2_000 }, () => {
          const number = random(200);
          const revision = String(1 + random(1_000_000));
          return probe.call(
            ...[
              'XADD',
              `comapi.events.${number % 3}`,
              '*',
              'key',
              `k${number}`,
              'value',
              `{"r":${revision}}`,
            ],
            ...['ce_specversion', '1.0', 'ce_type', 'message.read', 'ce_subject', `k${number}`],
            ...['revision', revision],
          );
        }),
      );
    await addStates();
    await addStates();
    for (const { child } of members) {
      child.kill('SIGKILL');
    }
    members = [command(), command()];
    await addStates();
    probe.close();
    const before = await readHighest(streams);
    await server.kill9();
    await server.start();
    for (const stream of streams) {
      await whenDone(stream);
    }
    for (const [key, revision] of before) {
      expect((await stateOf(key)).revision).toBe(String(revision));
    }
    for (const { child, exited } of members) {
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
    }
    // Those that ended in good order have left; of the killed ones the places stay.
    const consumers = (await server.ask('XINFO', 'CONSUMERS', streams[0] as string, group)) as unknown[];
    expect(consumers.length).toBeLessThanOrEqual(2);
  });

  test.each([
    ['an entity', 'comapi.events.latest:a', 'a'],
    ['dead letters', 'comapi.events.dead-letter', undefined],
  ])('a name of %s that another program uses loses no event', async (_, name, key) => {
    await server.ask('SET', name, 'text');
    await (key === undefined
      ? server.ask('XADD', 'comapi.events', '*', 'key', 'k', 'value', 'not json')
      : addState(key, '1'));
    const { readiness } = await startFilter();
    await expect.poll(readiness).toContain('WRONGTYPE');
    await server.ask('DEL', name);
    await whenDone();
    expect(await server.ask('TYPE', name)).toBe(key === undefined ? 'stream' : 'hash');
  });

  test('an entity whose name another program uses holds up nobody else, also after a restart', async () => {
    await server.ask('SET', 'comapi.events.latest:a', 'text');
    // More than one page of them, and others on both sides.
    const probe = await server.connect();
    await addState('b', '1');
    for (let revision = 1; revision <= 600; revision += 1) {
      await probe.call(
        ...['XADD', 'comapi.events', '*', 'key', 'a', 'value', '{}', 'ce_specversion', '1.0'],
        ...['ce_type', 'message.read', 'ce_subject', 'a', 'revision', String(revision)],
      );
    }
    probe.close();
    await addState('c', '1');
    const first = await startFilter({ FILTER_INSTANCE_ID: 'me' });
    await expect.poll(() => stateOf('c')).toMatchObject({ revision: '1' });
    expect(await stateOf('b')).toMatchObject({ revision: '1' });
    const text = await first.readiness();
    expect(text).toContain('"ready":true');
    expect(text).toContain('comapi.events.latest:a: WRONGTYPE');
    await first.stop();
    const { readiness } = await startFilter({ FILTER_INSTANCE_ID: 'me' });
    await addState('d', '1');
    await expect.poll(() => stateOf('d')).toMatchObject({ revision: '1' });
    await server.ask('DEL', 'comapi.events.latest:a');
    await whenDone();
    expect(await stateOf('a')).toMatchObject({ revision: '600' });
    await expect.poll(readiness).not.toContain('WRONGTYPE');
  });

  test('without memory for more no event is lost', async () => {
    for (let number = 0; number < 20; number += 1) {
      await addState(`k${number}`, '1');
    }
    await server.ask('CONFIG', 'SET', 'maxmemory', '1mb');
    // The group is created first; that needs memory as well.
    const { readiness } = await startFilter();
    await expect.poll(readiness).toContain('OOM');
    await server.ask('CONFIG', 'SET', 'maxmemory', '0');
    await whenDone();
    for (let number = 0; number < 20; number += 1) {
      expect((await stateOf(`k${number}`)).revision).toBe('1');
    }
  });

  test.each(['hset', 'xack', 'pexpire', 'del'])('without the right to %s no event is lost', async (right) => {
    await server.ask('ACL', 'SETUSER', 'filter', 'reset', 'on', '>pw', '~*', '+@all', `-${right}`);
    await addState('a', '1');
    await addState('a', '2');
    const { readiness } = await startFilter({
      REDIS_URL: server.url.replace('redis://', 'redis://filter:pw@'),
      REDIS_ALLOW_PLAINTEXT: 'true',
    });
    await expect.poll(readiness).toContain(right);
    await server.ask('ACL', 'SETUSER', 'filter', `+${right}`);
    await whenDone();
    expect(await stateOf('a')).toMatchObject({ revision: '2', value: '{"r":2}' });
  });

  test('works with the rights that the documentation names', async () => {
    const documented = readFileSync(new URL('../../../docs/redis.md', import.meta.url), 'utf8');
    const [, rights = ''] = /The filter's user needs `([^`]+)`/.exec(documented) ?? [];
    await server.ask(
      'ACL',
      'SETUSER',
      'filter',
      'reset',
      'on',
      '>pw',
      '~comapi.events*',
      ...rights.split(' '),
    );
    await addState('a', '1');
    await server.ask('XADD', 'comapi.events', '*', 'key', 'k', 'value', 'not json');
    const { stop } = await startFilter({
      REDIS_URL: server.url.replace('redis://', 'redis://filter:pw@'),
      REDIS_ALLOW_PLAINTEXT: 'true',
    });
    await whenDone();
    expect((await stateOf('a')).revision).toBe('1');
    await stop();
    expect(await server.ask('XINFO', 'CONSUMERS', 'comapi.events', group)).toEqual([]);
  });

  test('says why it waits, and goes on when the server is back', async () => {
    const { readiness } = await startFilter();
    await expect.poll(readiness).toContain('"ready":true');
    await server.kill9();
    await expect.poll(readiness).toContain('ECONNREFUSED');
    await server.start();
    await addState('a', '1');
    await whenDone();
    await expect.poll(readiness).toContain('"ready":true');
  });
});

/** The highest revision of each entity, from the streams themselves. */
async function readHighest(streams: readonly string[]): Promise<Map<string, number>> {
  const highest = new Map<string, number>();
  const probe = await server.connect();
  for (const stream of streams) {
    for (const { key, headers } of await readStoredRecords(probe, stream)) {
      const name = key?.toString() ?? '';
      highest.set(name, Math.max(highest.get(name) ?? 0, Number(headers.revision)));
    }
  }
  probe.close();
  return highest;
}
