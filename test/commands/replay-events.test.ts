import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SinkRecord } from '../../src/ports/sink.ts';
import { readJournal } from '../../src/stores/journal/read-journal.ts';
import { appendRecords, toDeadLetterRecord, toEventRecord } from '../support/append-records.ts';
import { startCommand } from '../support/receiver-process.ts';
import { launchCommand, runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

async function createJournal(records: readonly SinkRecord[]) {
  const dataDir = temporaryDirectory();
  const env = { DATA_DIR: dataDir };
  await appendRecords(env, records);
  return {
    env,
    dataDir,
    replay: (...args: string[]) => runCommand(['replay', '--from', 'events', '--yes', ...args], env),
    async stored(topic = 'comapi.events') {
      const found: SinkRecord[] = [];
      for await (const { record } of readJournal(join(dataDir, 'journal'))) {
        if (record.topic === topic) {
          found.push(record);
        }
      }
      return found;
    },
    memory: () => readdirSync(dataDir).filter((name) => name.startsWith('replay')),
  };
}

const events = (count: number) => Array.from({ length: count }, (_, index) => toEventRecord(`m-${index}`, 1));
const idsOf = (records: readonly SinkRecord[]) => records.map(({ headers }) => headers.ce_id);

describe('replay --from events on a journal', () => {
  test('puts a copy back whose event was taken out', async () => {
    const { env, replay, stored } = await createJournal(events(6));
    expect((await replay()).code).toBe(0);
    const directory = join(env.DATA_DIR, 'journal');
    const [segment = ''] = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
    const lines = readFileSync(join(directory, segment), 'utf8').split('\n');
    // The lines behind it move, so what is at the place of an event may be another one.
    writeFileSync(join(directory, segment), [...lines.slice(0, 4), ...lines.slice(5)].join('\n'));
    const done = await replay('--to-topic', 'again');
    expect(done.stdout).toMatch(/^4 left out: copies that an earlier replay has made$/m);
    const again = ['0', '1', '2', '3', '5', '4', '5'].map((key) => `e-m-${key}-1`);
    expect(idsOf(await stored('again'))).toEqual(again);
  });

  test('puts back what is selected, once, and ends although it writes what it reads', async () => {
    const { replay, stored, memory } = await createJournal([
      ...[toEventRecord('a', 1), toEventRecord('b', 1, 'chat.create'), toDeadLetterRecord('no')],
      ...[toEventRecord('a', 2, 'message.read'), toEventRecord('c', 1, 'message.sent', { webhook: 'sms' })],
    ]);
    const dry = await replay('--dry-run', '--name', 'message.*');
    expect([dry.code, dry.stderr]).toEqual([0, '']);
    expect(dry.stdout).toMatch(/^message\.read +1 +would go to comapi\.events$/m);
    expect(dry.stdout).toMatch(/^message\.sent +2 +would go to comapi\.events$/m);
    expect(dry.stdout).toMatch(/: events read: 4\n1 not selected\n$/);
    expect(await stored()).toHaveLength(4);

    const done = await replay('--name', 'message.*', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({
      from: 'events',
      dryRun: false,
      read: 4,
      notSelected: 1,
    });
    const records = await stored();
    expect(idsOf(records.slice(4))).toEqual(['e-a-1', 'e-a-2', 'e-c-1']);
    for (const copy of records.slice(4)) {
      const { 'repeated-from': from, ...headers } = copy.headers;
      expect(from).toMatch(/^comapi\.events\/\d{10}-[0-9a-f]{8}\.jsonl\/\d+$/);
      expect(records.slice(0, 4)).toContainEqual({ ...copy, headers });
    }
    expect(memory()).toEqual([]);

    expect((await replay('--key', 'a', '--to-topic', 'again')).stdout).toMatch(/^2 left out: copies/m);
    expect(idsOf(await stored('again'))).toEqual(['e-a-1', 'e-a-2']);
    expect((await replay('--webhook', 'sms', '--since', '1h', '--to-topic', 'sms')).code).toBe(0);
    expect(idsOf(await stored('sms'))).toEqual(['e-c-1']);
    expect((await replay('--since', '2h', '--until', '1h')).stdout).toMatch(/: events read: 0\n$/);
  });

  test('one that was stopped goes on where it was, and with no other options', async () => {
    const { env, replay, stored, memory } = await createJournal(events(60));
    const options = ['--since', '1h', '--to-topic', 'again', '--rate', '40'];
    const first = launchCommand(['replay', '--from', 'events', ...options], env);
    await expect.poll(async () => (await stored('again')).length).toBeGreaterThan(5);
    first.interrupt();
    const stopped = await first.ended;
    expect(stopped.code).toBe(2);
    expect(stopped.stdout).toMatch(/^stopped: run the same command again to go on$/m);
    expect(memory()).toEqual(['replay-events.comapi-webhook-replay']);
    const before = await stored('again');
    expect(before.length).toBeLessThan(60);

    const other = await replay('--to-topic', 'again');
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(
      /a replay of comapi\.events --since "1h" --to-topic "again" that began at .* was stopped/,
    );
    const second = await replay('--since', '1h', '--to-topic', 'again');
    expect(second.stderr).toMatch(/^Goes on with the replay that began at/);
    expect(second.code).toBe(0);
    expect(idsOf(await stored('again'))).toEqual(idsOf(events(60)));
    expect(memory()).toEqual([]);
  });

  test('one that was killed puts back again no more than was under way', async () => {
    const { env, replay, stored } = await createJournal(events(300));
    const killed = startCommand(['replay', '--from', 'events', '--yes', '--rate', '100'], env);
    await waitUntil(async () => (await stored()).length > 400, {
      timeoutMs: 60_000,
      what: 'some are put back',
    });
    killed.child.kill('SIGKILL');
    await killed.exited;
    expect((await replay()).code).toBe(0);
    const copies = idsOf((await stored()).slice(300));
    expect(new Set(copies).size).toBe(300);
    expect(copies.length).toBeLessThan(300 + 60);
  });

  test('--restart forgets one that was stopped, and another group has a memory of its own', async () => {
    const { dataDir, replay, stored, memory } = await createJournal(events(3));
    const run = { options: 'other', startedAtMs: 0, sinceMs: 0 };
    const text = `events:${JSON.stringify({ run, partCount: 1, parts: {} })}`;
    writeFileSync(join(dataDir, 'replay-events.mine'), text);
    expect((await replay('--group', 'mine')).code).toBe(2);
    expect((await replay('--group', 'yours')).code).toBe(0);
    expect((await replay('--group', 'mine', '--restart')).code).toBe(0);
    expect(await stored()).toHaveLength(9);
    expect(memory()).toEqual([]);
  });

  test('does not go on in a journal that was begun anew', async () => {
    const { env, dataDir, replay, stored, memory } = await createJournal(events(60));
    const first = launchCommand(['replay', '--from', 'events', '--yes', '--rate', '40'], env);
    await expect.poll(async () => (await stored()).length).toBeGreaterThan(65);
    first.interrupt();
    await first.ended;
    rmSync(join(dataDir, 'journal'), { recursive: true });
    await appendRecords(env, events(2));
    const refused = await replay();
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('Begin anew with --restart')]);
    expect(memory()).toHaveLength(1);
    expect((await replay('--restart')).code).toBe(0);
    expect(await stored()).toHaveLength(4);
  });

  test('does not run beside a receiver or another run', async () => {
    const { env, replay, stored } = await createJournal(events(60));
    const first = launchCommand(['replay', '--from', 'events', '--yes', '--rate', '1'], env);
    await expect.poll(async () => (await stored()).length).toBeGreaterThan(60);
    const second = await replay();
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/is in use by process \d+ .*stop the receiver first/);
    first.interrupt();
    await first.ended;
  });
});

describe('wrong use', () => {
  test.each([
    [['--from'], "option '--from <what>' argument missing"],
    [['--from', 'letters'], 'Allowed choices are dead-letters, events.'],
    [['--from', 'events', '--reason', 'no_key'], '--reason is for dead letters: leave it out'],
    [['--from', 'events', '--partition', '1'], '--partition is for dead letters'],
    [['--name', 'message.*'], '--name needs --from events'],
    [['--rate', '5'], '--rate needs --from events'],
    [['--to-topic', 'again'], '--to-topic needs --from events'],
    [['--from', 'events', '--rate', '0'], 'Give a number above 0.'],
    [['--from', 'events', '--since', '1h', '--until', '2h'], '--since is not before --until'],
    [['--from', 'events', '--to-topic', 'a b'], '--to-topic: "a b" is not a topic name'],
    [['--from', 'events', '--to-topic', 'comapi.events.dead-letter'], 'would hold events and dead letters'],
    [['--from', 'events', '--to-topic', 'comapi.events.latest'], 'topic of latest states of comapi.events'],
  ])('%j exits with 2', async (args, sentence) => {
    const dataDir = temporaryDirectory();
    mkdirSync(join(dataDir, 'journal'));
    const { code, stderr } = await runCommand(['replay', ...args], { DATA_DIR: dataDir });
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    expect(readdirSync(dataDir)).toEqual(['journal']);
  });

  test('without a store and without a journal it exits with 2, and makes nothing', async () => {
    const dataDir = join(temporaryDirectory(), 'data');
    const { code, stderr } = await runCommand(['replay', '--from', 'events', '--yes'], {
      DATA_DIR: dataDir,
    });
    expect(code).toBe(2);
    expect(stderr).toContain(
      `no store is named, and there is no journal ${dataDir}/journal: set KAFKA_BROKERS or`,
    );
    expect(existsSync(dataDir)).toBe(false);
  });
});

test('on RabbitMQ it asks nobody before it says that it cannot', async () => {
  const env = { RABBITMQ_URL: 'amqp://127.0.0.1:1' };
  expect(await runCommand(['replay', '--from', 'events'], env)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: a queue has an event until a consumer has taken it/m),
  });
  expect(await runCommand(['forget', 'm-1'], env)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: RabbitMQ has no latest states/m),
  });
});

test('two at once on a journal: the later one refuses soon, and the earlier one comes to its end', async () => {
  const { env, replay, stored } = await createJournal(events(40));
  const first = launchCommand(['replay', '--from', 'events', '--yes', '--rate', '10'], env);
  await waitUntil(async () => (await stored()).length > 41, { timeoutMs: 20_000, what: 'some are put back' });
  const startedAt = performance.now();
  expect(await replay()).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/is in use by .*a journal has one writer/),
  });
  // Somebody who may have gone is waited for twelve seconds.
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect((await first.ended).code).toBe(0);
  const ids = idsOf(await stored());
  expect([ids.length, new Set(ids)]).toEqual([80, new Set(idsOf(events(40)))]);
});
