import { describe, expect, test } from 'vitest';
import { encodeRun } from '../../src/ports/event-replay.ts';
import type { SinkRecord } from '../../src/ports/sink.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { commitGroupOffsets, outsideMember } from '../../src/stores/kafka/cluster/client/group-offsets.ts';
import { withKafkaClient } from '../../src/stores/kafka/cluster/client/kafka-client.ts';
import { appendRecords, toEventRecord } from '../support/append-records.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { readCommitted, readTopic, type StoredRecord } from '../support/kafka/read-topic.ts';
import { createTopic, withAdmin } from '../support/kafka/topics.ts';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { startCommand } from '../support/receiver-process.ts';
import { launchCommand, runCommand } from '../support/run-command.ts';
import { waitUntil } from '../support/wait-until.ts';

async function createTopics(...others: readonly string[]) {
  const env = { ...(await freshTopicsEnv()), MANAGEMENT_PORT: '0' };
  const { KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: topic } = env;
  const group = `replay-${topic}`;
  for (const name of ['', '.dead-letter', '.latest', ...others]) {
    await createTopic(bootstrap, `${topic}${name}`, { partitions: 3 });
  }
  const args = ['replay', '--from', 'events', '--yes', '--group', group];
  return {
    ...{ bootstrap, topic, group, env },
    event: (key: string, revision: number, name?: string, webhook = 'default') =>
      toEventRecord(key, revision, name, { topic, webhook }),
    replay: (...more: string[]) => runCommand([...args, ...more], env),
    launch: (...more: string[]) => launchCommand([...args, ...more], env),
    start: (...more: string[]) => startCommand([...args, ...more], env),
    stored: (name = '') => readTopic({ bootstrap, topic: `${topic}${name}` }),
  };
}

/** The ids of the events of each key, in their order. */
function toLives(records: readonly (StoredRecord | SinkRecord)[]): Record<string, string[]> {
  const byKey = Map.groupBy(records, ({ key }) => String(key));
  return Object.fromEntries(
    [...byKey].map(([key, ofKey]) => [key, ofKey.map(({ headers }) => String(headers.ce_id))]),
  );
}

describe('replay --from events on Kafka', () => {
  test('puts back what is selected, byte for byte and in order, and ends in the topic that it reads', async () => {
    const { replay, stored, env, event, topic } = await createTopics('.again');
    const records = Array.from({ length: 600 }, (_, index) =>
      event(`m-${index % 50}`, Math.floor(index / 50)),
    );
    await appendRecords(env, [...records, event('x', 1, 'chat.create', 'sms')]);

    const dry = await replay('--dry-run', '--since', '1h');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(new RegExp(`^chat\\.create +1 +would go to ${topic}$`, 'm'));
    expect(dry.stdout).toMatch(new RegExp(`^message\\.sent +600 +would go to ${topic}$`, 'm'));
    expect(await stored()).toHaveLength(601);

    const done = await replay('--since', '1h', '--name', 'message.*');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const all = await stored();
    const places = new Map(all.map((each) => [`${topic}/${each.partition}/${each.offset}`, each]));
    const copies = all.filter(({ headers }) => headers['repeated-from'] !== undefined);
    expect(copies).toHaveLength(600);
    for (const {
      partition,
      key,
      value,
      headers: { 'repeated-from': from = '', ...headers },
    } of copies) {
      const { headers: ofOriginal, ...original } = places.get(from) as StoredRecord;
      expect(original).toMatchObject({ partition, key, value });
      expect(ofOriginal).toEqual(headers);
    }
    expect(toLives(copies)).toEqual(toLives(records));

    const again = await replay('--key', 'm-7', '--to-topic', `${topic}.again`);
    expect(again.stdout).toMatch(/^12 left out: copies that an earlier replay has made$/m);
    expect(toLives(await stored('.again'))).toEqual({ 'm-7': toLives(records)['m-7'] });
    expect((await replay('--webhook', 'sms', '--until', '1h')).stdout).toMatch(/: events read: 0\n$/);
  });

  test('puts a copy back whose event is gone, or stands before what was asked for', async () => {
    const { replay, stored, env, event, bootstrap, topic } = await createTopics('.again', '.since');
    const events = Array.from({ length: 30 }, (_, index) => event(`m-${index}`, 1));
    await appendRecords(env, events);
    expect((await replay()).code).toBe(0);
    expect(await stored()).toHaveLength(60);
    const parts = new Map((await stored()).map((each) => [`${each.partition}`, 0]));
    for (const { partition, offset, headers } of await stored()) {
      if (headers['repeated-from'] === undefined) {
        parts.set(`${partition}`, Math.max(parts.get(`${partition}`) ?? 0, offset + 1));
      }
    }
    await withAdmin(bootstrap, async (admin) => {
      await admin.fetchTopicOffsets(topic);
      const partitions = [...parts].map(([partition, end]) => ({
        partition: Number(partition),
        offset: String(partition === '0' ? end - 1 : end),
      }));
      await admin.deleteTopicRecords({ topic, partitions });
    });
    // One original is left in partition 0: its copy, and no other one, is left out.
    expect(await stored()).toHaveLength(31);
    const done = await replay('--to-topic', `${topic}.again`);
    expect(done.stdout).toMatch(/^1 left out: copies that an earlier replay has made$/m);
    expect(toLives(await stored('.again'))).toEqual(toLives(events));
  });

  test('the revision filter takes the states for what they are: repeated or obsolete', async () => {
    const { replay, stored, env, event, bootstrap, topic } = await createTopics();
    const filter = await startTestFilter(env);
    await whenReady(filter);
    await appendRecords(env, [event('a', 1), event('a', 3), event('b', 2), event('a', 2)]);
    await whenFiltered(filter, 4);
    const before = await readCommitted({ bootstrap, topic: `${topic}.latest` }, 3);

    expect((await replay()).code).toBe(0);
    await whenFiltered(filter, 8);
    expect(await stored()).toHaveLength(8);
    expect(await stored('.latest')).toEqual(before);
    const metrics = await (await fetch(`${filter.managementUrl}/metrics`)).text();
    const of = (outcome: string) =>
      Number(
        new RegExp(`^comapi_webhook_filter_records_total\\{outcome="${outcome}"[^}]*\\} (\\d+)$`, 'm').exec(
          metrics,
        )?.[1],
      );
    expect([of('forwarded'), of('duplicate'), of('obsolete')]).toEqual([3, 2, 3]);
  });

  test('one that was killed goes on where it was, up to the end that it had', async () => {
    const { start, replay, launch, stored, env, event } = await createTopics();
    const records = Array.from({ length: 400 }, (_, index) =>
      event(`m-${index % 20}`, Math.floor(index / 20)),
    );
    await appendRecords(env, records);
    const killed = start('--rate', '150');
    await waitUntil(async () => (await stored()).length > 500, {
      timeoutMs: 60_000,
      what: 'some are put back',
    });
    killed.child.kill('SIGKILL');
    await killed.exited;
    const other = await replay('--key', 'none');
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('--restart to forget it')]);
    const stopped = launch('--rate', '150');
    await waitUntil(async () => (await stored()).length > 600, { timeoutMs: 60_000, what: 'it goes on' });
    stopped.interrupt();
    expect(await stopped.ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Goes on with the/),
    });
    expect((await replay()).code).toBe(0);

    const copies = (await stored()).filter(({ headers }) => headers['repeated-from'] !== undefined);
    expect(copies.length).toBeLessThan(400 + 100);
    // What the kill has repeated consumers drop by its id.
    const lives = Object.entries(toLives(copies)).map(([key, ids]) => [key, [...new Set(ids)]]);
    expect(Object.fromEntries(lives)).toEqual(toLives(records));
  });

  test('of two at once the later one goes on with the run, and the earlier one stops', async () => {
    const { launch, replay, stored, env, event } = await createTopics();
    const records = Array.from({ length: 300 }, (_, index) =>
      event(`m-${index % 20}`, Math.floor(index / 20)),
    );
    await appendRecords(env, records);
    const first = launch('--rate', '40');
    const some = async () => (await stored()).length > 310;
    await waitUntil(some, { timeoutMs: 60_000, what: 'some are put back' });
    const second = await replay();
    expect([second.code, second.stderr]).toEqual([0, expect.stringMatching(/^Goes on with the/)]);
    expect(await first.ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('another replay has taken this run over, or has ended it'),
    });
    const copies = (await stored()).filter(({ headers }) => headers['repeated-from'] !== undefined);
    const lives = Object.entries(toLives(copies)).map(([key, ids]) => [key, [...new Set(ids)]]);
    expect(Object.fromEntries(lives)).toEqual(toLives(records));
    expect(copies.length).toBeLessThan(300 + 60);
  });

  test('of two that begin at once nothing is passed over, and nothing is remembered at the end', async () => {
    const { replay, stored, env, event } = await createTopics();
    const records = Array.from({ length: 2_000 }, (_, index) => event(`m-${index % 20}`, index));
    await appendRecords(env, records);
    const ended = await Promise.all([replay('--rate', '2000'), replay('--rate', '2000')]);
    expect(ended.map(({ code }) => code)).toContain(2);
    await replay();
    const copies = (await stored()).filter(({ headers }) => headers['repeated-from'] !== undefined);
    const put = new Set(copies.map(({ headers }) => headers.ce_id));
    expect(put).toEqual(new Set(records.map(({ headers }) => headers.ce_id)));
    expect((await replay('--key', 'none')).code).toBe(0);
  });

  test('says which topic is missing, and does not go on in one that was made again', async () => {
    const { replay, env, event, topic, bootstrap, group } = await createTopics();
    await appendRecords(env, [event('a', 1), event('a', 2)]);
    for (const options of [[], ['--dry-run']]) {
      const missing = await replay('--to-topic', `${topic}.none`, ...options);
      expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining(`${topic}.none`)]);
    }
    expect((await replay('--restart', '--dry-run')).stdout).toMatch(/: events read: 2\n$/);

    const run = { options: topic, startedAtMs: 0, sinceMs: 0 };
    const parts = new Map([[`${topic}/0`, { after: '99', to: '500' }]]);
    const metadata = encodeRun({ owner: 'killed', run, partCount: 1, parts });
    const deps = {
      connection: { brokers: bootstrap.split(','), clientId: 'test' },
      logger: createLogger('silent'),
    };
    await withKafkaClient(deps, [topic], ({ calls }) =>
      commitGroupOffsets(calls, group, outsideMember, topic, new Map([[0, { offset: 100, metadata }]])),
    );
    const again = await replay();
    expect([again.code, again.stderr]).toEqual([
      2,
      expect.stringMatching(/\/0 ends at \d, before 500, .*Begin anew with --restart/),
    ]);
    expect((await replay('--restart')).stdout).toMatch(/: events read: 2\n$/);
  });
});
