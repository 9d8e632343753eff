import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendRecords, toDeadLetterRecord, toEventRecord } from '../support/append-records.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

let env: Record<string, string>;

beforeAll(async () => {
  env = { DATA_DIR: temporaryDirectory(afterAll) };
  await appendRecords(env, [
    toEventRecord('m-1', 2),
    toEventRecord('m-1', 3, 'message.delivered'),
    toEventRecord('m-1', 1, 'message.sentRequest'),
    toEventRecord('p-1', 1, 'profile.update'),
  ]);
});

function find(id: string, given: Readonly<Record<string, string>> = {}, args: readonly string[] = []) {
  return runCommand(['find', id, ...args], { ...env, ...given });
}

test('an id with a blank at an end, and that of an event, are found without being requested so', async () => {
  expect((await find(' m-1\n')).stdout).toMatch(/^m-1: the latest event is message\.delivered r3, /);
  const { code, stdout } = await find('e-m-1-3');
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(
      /^m-1 \(found by e-m-1-3\): the latest event is message\.delivered r3, .*\n3 events:/,
    ),
  ]);
  const json = JSON.parse((await find('M-1', {}, ['--json'])).stdout);
  expect(json).toMatchObject({ id: 'm-1', asked: 'M-1', latest: { notKnown: expect.any(String) } });
});

test('what replay replayed in a journal is said to be received, not stored, at the time that it has', async () => {
  const own = { DATA_DIR: temporaryDirectory() };
  const record = toEventRecord('m-1', 2);
  const headers = { ...record.headers, 'replayed-from': '0000000001-00000000.jsonl/0' };
  await appendRecords(own, [{ ...record, headers }]);
  expect((await runCommand(['find', 'm-1'], own)).stdout).toContain(
    `m-1: the latest event is message.sent r2, received ${record.headers['received-at']} and replayed later.\n`,
  );
});

test('says of a dead letter whether it was replayed, and of the event from which one it came', async () => {
  const own = { DATA_DIR: temporaryDirectory(), KEY_RULES: '*=id' };
  await appendRecords(own, [toDeadLetterRecord('{"id":"m-1"}'), toDeadLetterRecord('{"other":"m-2"}')]);
  expect((await runCommand(['find', 'm-1'], own)).stdout).toMatch(/^dead letters: .*, not replayed$/m);
  await runCommand(['replay'], own);
  const { code, stdout } = await runCommand(['find', 'm-1'], own);
  expect(code).toBe(0);
  const [, place = ''] = /^dead letters: .*, (\S+\/\d+), no_key, replayed to \S+\/\d+$/m.exec(stdout) ?? [];
  expect(stdout).toContain(`replayed from ${place}\n`);
  expect((await runCommand(['find', 'm-2'], own)).stdout).toMatch(/^dead letters: .*, not replayed$/m);
});

test('without --since the last week is looked at', async () => {
  const own = { DATA_DIR: temporaryDirectory() };
  const daysAgo = (key: string, days: number) => {
    const record = toEventRecord(key, 1);
    const time = new Date(Date.now() - days * 86_400_000).toISOString();
    return { ...record, headers: { ...record.headers, 'received-at': time } };
  };
  await appendRecords(own, [daysAgo('old', 7.1), daysAgo('new', 6.9)]);
  expect((await runCommand(['find', 'old'], own)).stdout).toMatch(/^Nothing was found about old from /);
  expect((await runCommand(['find', 'new'], own)).stdout).toMatch(/^new: the latest event is /);
});

test('an event that is stored after the period is not said to be none', async () => {
  const own = { DATA_DIR: temporaryDirectory() };
  await appendRecords(own, [toEventRecord('m-1', 2, 'message.sent', { body: 'a' })]);
  await runCommand(['filter'], own);
  const period = ['--since', '3h', '--until', '2h'];
  const byKey = await runCommand(['find', 'm-1', ...period], own);
  expect([byKey.code, byKey.stdout]).toEqual([
    0,
    expect.stringMatching(
      /^m-1: the latest state is .*\. No event was stored from \S+ to \S+\.\nevents: none\nlatest state: message\.sent r2, /,
    ),
  ]);
  // This state was stored after the end of the period, so it is not found.
  const where = await runCommand(['find', '--where', 'payload.details.body=a', ...period], own);
  expect([where.code, where.stdout]).toEqual([
    1,
    expect.stringMatching(/^Nothing was found about payload\.details\.body=a from \S+ to \S+\.\n/),
  ]);
  expect(where.stdout).toMatch(/^latest state: none before \S+$/m);
});

test('a member, several ids and an end in time are requested', async () => {
  const own = { DATA_DIR: temporaryDirectory() };
  const event = (key: string, number: string) => {
    const sample = toEventRecord(key, 1);
    const value = JSON.stringify({
      ...JSON.parse(String(sample.value)),
      payload: { messageId: key, to: number },
    });
    return { ...sample, value: Buffer.from(value) };
  };
  await appendRecords(own, [event('m-1', '447700900000'), event('m-2', '447700900001')]);
  const ask = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCommand(['find', ...args, '--json'], own);
    const found = stdout === '' ? [] : [JSON.parse(stdout)].flat();
    return { code, ids: found.map(({ id, events }) => [id, events.length]), stderr };
  };
  expect(await ask('--where', 'payload.to=447700900001')).toMatchObject({ code: 0, ids: [['m-2', 1]] });
  expect(await ask('--where', 'payload.number=1')).toMatchObject({
    ...{ code: 1, ids: [['payload.number=1', 0]] },
    stderr: expect.stringContaining(
      'No event has a value at payload.number (checked 2 events). The events have payload.messageId, payload.to.',
    ),
  });
  expect(await ask('m-2', 'M-1 ')).toMatchObject({
    code: 0,
    ids: [
      ['m-2', 1],
      ['m-1', 1],
    ],
  });
  // One missing id is enough for exit code 1.
  expect(await ask('m-2', 'm-3')).toMatchObject({
    code: 1,
    ids: [
      ['m-2', 1],
      ['m-3', 0],
    ],
  });
  expect(await ask('m-1', '--until', '1h')).toMatchObject({ code: 1, ids: [['m-1', 0]] });
});

test.each([
  [[], 'give either ids or --where'],
  [['m-1', '--where', 'a=1'], 'give either ids or --where'],
  [['--where', 'a'], '--where: "a" is not a valid condition'],
  [[' '], 'one of the ids is empty'],
  [['m-1', '--since', '1h', '--until', '2h'], '--since must be before --until'],
])('a wrong use is refused with what to do: %j', async (args, text) => {
  const { code, stderr } = await runCommand(['find', ...args], env);
  expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
});
