import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { appendRecords, keysOf, toDeadLetterRecord, toEventRecord } from '../support/append-records.ts';
import { launchCommand, runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

describe('tail on a journal', () => {
  test('shows JSON lines that are whole, and on a terminal lines without a payload', async () => {
    const env = { DATA_DIR: temporaryDirectory() };
    await appendRecords(env, [toEventRecord('m-1', 1, 'message.sent', { body: 'Hello Zoe' })]);
    const whole = await runCommand(['tail', '--no-follow'], env);
    expect(JSON.parse(whole.stdout)).toMatchObject({
      ...{ key: 'm-1', name: 'message.sent', revision: '1', webhook: 'default', topic: 'comapi.events' },
      event: { payload: { details: { body: 'Hello Zoe' } } },
    });
    const onTerminal = await runCommand(['tail', '--no-follow'], env, { isTTY: true });
    expect(onTerminal.stdout).toMatch(/ message\.sent +m-1 +r1 +default\n$/);
  });

  test('follows nothing where it has an end in time, and shows dead letters', async () => {
    const env = { DATA_DIR: temporaryDirectory() };
    await appendRecords(env, [toEventRecord('a', 1), toEventRecord('b', 1), toDeadLetterRecord('not json')]);
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const ended = await runCommand(['tail', '--since', '1h', '--until', later], env);
    expect([ended.code, keysOf(ended.stdout)]).toEqual([0, ['a', 'b']]);
    const letters = await runCommand(['tail', '--dead-letters', '--no-follow'], env);
    expect(JSON.parse(letters.stdout)).toMatchObject({ key: null, reason: 'no_key', text: 'not json' });
  });

  test('that shows nothing says what it looked at, and what was there instead', async () => {
    const env = { DATA_DIR: temporaryDirectory() };
    await appendRecords(env, [toEventRecord('a', 1), toEventRecord('b', 1, 'message.read')]);
    const stderrOf = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCommand(['tail', '--no-follow', ...args], env);
      expect([code, stdout]).toEqual([0, '']);
      return stderr;
    };
    expect(await stderrOf('--name', 'mesage.*')).toBe(
      'None of the 2 records matches --name. They have these names: message.sent, message.read.\n',
    );
    expect(await stderrOf('--dead-letters')).toBe(
      `No records were found for this period in the journal ${env.DATA_DIR}/journal.\n`,
    );
    expect(await runCommand(['tail', '--no-follow', '--name', 'message.read'], env)).toMatchObject({
      stderr: '',
    });
  });

  test('that follows and shows nothing says so once, when something else has come', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const env = { DATA_DIR: temporaryDirectory() };
    await appendRecords(env, [toEventRecord('a', 1)]);
    const tail = launchCommand(['tail', '--name', 'mesage.*', '--since', '1h'], env);
    const hints = async () => {
      await vi.advanceTimersByTimeAsync(10_000);
      return tail.stderr().split('matches --name. They have these names: message.sent.\n').length - 1;
    };
    await expect.poll(hints).toBe(1);
    expect([await hints(), await hints()]).toEqual([1, 1]);
    tail.interrupt();
    expect((await tail.ended).code).toBe(0);

    const wanted = launchCommand(['tail', '--name', 'message.*', '--since', '1h'], env);
    await expect.poll(wanted.stdout).toContain('message.sent');
    await vi.advanceTimersByTimeAsync(30_000);
    wanted.interrupt();
    expect((await wanted.ended).stderr).toBe('');
  });

  test('shows latest states as the filter writes them', async () => {
    const env = { DATA_DIR: temporaryDirectory() };
    await appendRecords(env, [toEventRecord('a', 2), toEventRecord('a', 1), toEventRecord('b', 1)]);
    const tail = launchCommand(['tail', '--latest', '--since', '1h'], env);
    await runCommand(['filter'], env);
    await expect.poll(() => keysOf(tail.stdout())).toEqual(['a', 'b']);
    tail.interrupt();
    expect((await tail.ended).code).toBe(0);
    const { stdout } = await runCommand(['find', 'a', '--json'], env);
    expect(JSON.parse(stdout)).toMatchObject({
      events: [{ outcome: 'later' }, { outcome: 'obsolete' }],
      latest: [{ revision: '2' }],
    });
  });
});

test.each([
  [['--since', '1h', '--until', '2h'], '--since must be before --until'],
  [['--latest', '--reconciled'], "option '--latest' cannot be used with option '--reconciled'"],
])('%j exits with 2', async (args, sentence) => {
  const { code, stderr } = await runCommand(['tail', ...args], { DATA_DIR: temporaryDirectory() });
  expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
});
