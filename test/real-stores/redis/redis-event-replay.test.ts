import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { appendRecords, toEventRecord } from '../../support/append-records.ts';
import { startTestFilter, whenFiltered } from '../../support/filter/test-filter.ts';
import { startCommand } from '../../support/receiver-process.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';
import { launchCommand, runCommand } from '../../support/run-command.ts';
import { waitUntil } from '../../support/wait-until.ts';

let server: RedisServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startRedisServer();
  env = { REDIS_URL: server.url, REDIS_STREAM_COUNT: '3', MANAGEMENT_PORT: '0' };
});

beforeEach(async () => {
  await server.ask('FLUSHALL');
});

afterAll(() => server.stop());

const events = (count: number, keys = 20) =>
  Array.from({ length: count }, (_, index) => toEventRecord(`m-${index % keys}`, Math.floor(index / keys)));

const toArgs = (...args: string[]) => ['replay', '--from', 'events', '--yes', ...args];
const replay = (...args: string[]) => runCommand(toArgs(...args), env);

async function stored(topic = 'comapi.events') {
  const probe = await server.connect();
  const streams = await Promise.all(
    [0, 1, 2].map((index) => readStoredRecords(probe, `${topic}.${index}`, index)),
  );
  probe.close();
  return streams.flat();
}

const copiesOf = async (topic?: string) =>
  (await stored(topic)).filter(({ headers }) => headers['repeated-from'] !== undefined);

/** The ids of the events of each key, each once, in their order. */
function toLives(
  records: readonly { readonly key: unknown; readonly headers: Readonly<Record<string, string>> }[],
) {
  const byKey = Map.groupBy(records, ({ key }) => String(key));
  return Object.fromEntries(
    [...byKey].map(([key, ofKey]) => [key, [...new Set(ofKey.map(({ headers }) => headers.ce_id))]]),
  );
}

const keysOnServer = async () =>
  ((await server.ask('KEYS', '*')) as string[]).filter((name) => name.includes('replay'));

describe('replay --from events on Redis', () => {
  test('puts a copy back whose event is gone, or stands before what was asked for', async () => {
    const records = events(30, 30);
    await appendRecords(env, records);
    expect((await replay()).code).toBe(0);
    const originals = (await stored()).filter(({ headers }) => headers['repeated-from'] === undefined);
    const copies = await copiesOf();
    const gone = originals.slice(0, 20).map(({ headers }) => String(headers.ce_id));
    for (const { headers } of copies.filter((copy) => gone.includes(String(copy.headers.ce_id)))) {
      const [stream = '', entry = ''] = String(headers['repeated-from']).split('/');
      await server.ask('XDEL', stream, entry);
    }
    const done = await replay('--to-topic', 'comapi.again');
    expect(done.stdout).toMatch(/^10 left out: copies that an earlier replay has made$/m);
    expect(await stored('comapi.again')).toHaveLength(30);
    expect(toLives(await stored('comapi.again'))).toEqual(toLives(records));
  });

  test('puts back what is selected, in order, ends in the stream that it reads, and leaves nothing behind', async () => {
    const records = events(1_200);
    await appendRecords(env, [...records, toEventRecord('x', 1, 'chat.create')]);
    const dry = await replay('--dry-run', '--since', '1h');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(/^message\.sent +1200 +would go to comapi\.events$/m);
    expect(await keysOnServer()).toEqual([]);

    expect(await replay('--since', '1h', '--name', 'message.*')).toMatchObject({ code: 0, stderr: '' });
    const all = await stored();
    expect(all).toHaveLength(2_401);
    const copies = await copiesOf();
    expect(toLives(copies)).toEqual(toLives(records));
    for (const { headers, key, value } of copies.slice(0, 20)) {
      const { 'repeated-from': from, ...others } = headers;
      expect(from).toMatch(/^comapi\.events\.[0-2]\/\d+-\d+$/);
      expect(all).toContainEqual(expect.objectContaining({ key, value, headers: others }));
    }
    expect(await keysOnServer()).toEqual([]);

    expect((await replay('--key', 'm-7', '--to-topic', 'again')).stdout).toMatch(/^60 left out: copies/m);
    expect(toLives(await stored('again'))).toEqual({ 'm-7': toLives(records)['m-7'] });
  });

  test('the revision filter takes the states for what they are: repeated or obsolete', async () => {
    const filter = await startTestFilter(env);
    await appendRecords(env, [toEventRecord('a', 1), toEventRecord('a', 3), toEventRecord('b', 2)]);
    await appendRecords(env, [toEventRecord('a', 2)]);
    await whenFiltered(filter, 4);
    const states = () =>
      Promise.all(['a', 'b'].map((key) => server.ask('HGETALL', `comapi.events.latest:${key}`)));
    const before = await states();
    expect((await replay()).code).toBe(0);
    await whenFiltered(filter, 8);
    expect(await states()).toEqual(before);
    const metrics = await (await fetch(`${filter.managementUrl}/metrics`)).text();
    const of = (outcome: string) => {
      const line = new RegExp(
        `^comapi_webhook_filter_records_total\\{outcome="${outcome}"[^}]*\\} (\\d+)$`,
        'm',
      );
      return Number(line.exec(metrics)?.[1]);
    };
    expect([of('forwarded'), of('duplicate'), of('obsolete')]).toEqual([3, 2, 3]);
  });

  test('one that was killed goes on where it was, up to the end that it had', async () => {
    const records = events(400);
    await appendRecords(env, records);
    const killed = startCommand(toArgs('--rate', '150'), env);
    const some = async () => (await copiesOf()).length > 100;
    await waitUntil(some, { timeoutMs: 60_000, what: 'some are put back' });
    killed.child.kill('SIGKILL');
    await killed.exited;
    const other = await replay('--key', 'm-1');
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('--restart to forget it')]);
    const stopped = launchCommand(toArgs('--rate', '150'), env);
    const more = async () => (await copiesOf()).length > 200;
    await waitUntil(more, { timeoutMs: 60_000, what: 'it goes on' });
    stopped.interrupt();
    expect(await stopped.ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Goes on with the/),
    });
    expect((await replay()).code).toBe(0);
    const copies = await copiesOf();
    expect(toLives(copies)).toEqual(toLives(records));
    expect(copies.length).toBeLessThan(400 + 100);
    expect(await keysOnServer()).toEqual([]);
  });

  test('of two at once the later one goes on with the run, and the earlier one stops', async () => {
    const records = events(300);
    await appendRecords(env, records);
    const first = launchCommand(toArgs('--rate', '40'), env);
    await waitUntil(async () => (await copiesOf()).length > 10, { timeoutMs: 60_000, what: 'some' });
    const second = await replay();
    expect([second.code, second.stderr]).toEqual([0, expect.stringMatching(/^Goes on with the/)]);
    expect(await first.ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('another replay has taken this run over, or has ended it'),
    });
    const copies = await copiesOf();
    expect(toLives(copies)).toEqual(toLives(records));
    expect(copies.length).toBeLessThan(300 + 60);
    expect(await keysOnServer()).toEqual([]);
  });

  test('does not go on in streams that were made again, and says what does not answer', async () => {
    await appendRecords(env, events(60));
    const run = launchCommand(toArgs('--rate', '20'), env);
    await waitUntil(async () => (await copiesOf()).length > 3, { timeoutMs: 60_000, what: 'some' });
    run.interrupt();
    await run.ended;
    await server.ask('DEL', 'comapi.events.0', 'comapi.events.1', 'comapi.events.2');
    const refused = await replay();
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('Begin anew with --restart')]);
    const none = await replay('--restart');
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining('there is no stream comapi.events.0 to'),
    ]);
    const gone = await runCommand(toArgs(), { ...env, REDIS_URL: 'redis://127.0.0.1:1' });
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining('redis://127.0.0.1:1')]);
  });
});
