import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { confirmAction } from '../../src/commands/confirm-action.ts';
import { runCommand } from '../support/run-command.ts';
import { readWritten } from '../support/written-text.ts';

/** Runs the prompt on a terminal with this input. @returns what the terminal shows, and the outcome */
async function askPerson(typed: string, flags: { readonly yes?: boolean } = {}) {
  const terminal = { isTTY: true };
  const stdin = Object.assign(new PassThrough(), terminal);
  const stderr = Object.assign(new PassThrough(), terminal);
  stdin[typed === '' ? 'end' : 'write'](typed);
  const io = { env: {}, stdin, stderr, stdout: new PassThrough(), signals: { on() {} }, exit() {} };
  const outcome = await confirmAction('Erase 3 states', flags, io).then(
    () => 'agreed',
    (error: Error) => error.message,
  );
  // If the prompt were still reading its input, the process would stay alive.
  return { outcome, shown: readWritten(stderr), isRead: stdin.readableFlowing };
}

describe('a person at a terminal', () => {
  test.each([
    ['y\n', 'agreed'],
    ['Yes\n', 'agreed'],
    ['n\n', 'cancelled: the answer was not "y". Nothing was changed.'],
    ['\n', 'cancelled: the answer was not "y". Nothing was changed.'],
    ['', 'cancelled: the answer was not "y". Nothing was changed.'],
  ])('answers %j', async (typed, outcome) => {
    expect(await askPerson(typed)).toEqual({
      ...{ outcome, isRead: false },
      shown: expect.stringContaining('Erase 3 states? This cannot be undone. [y/N] '),
    });
  });

  test('is not asked with --yes', async () => {
    expect(await askPerson('', { yes: true })).toEqual({ outcome: 'agreed', shown: '', isRead: null });
  });

  test.each([
    [{ isTTY: true }, {}],
    [{}, { isTTY: true }],
  ])('is not who has one end only', async (own, other) => {
    const stdin = Object.assign(new PassThrough(), own);
    const stderr = Object.assign(new PassThrough(), other);
    const io = { env: {}, stdin, stderr, stdout: new PassThrough(), signals: { on() {} }, exit() {} };
    await expect(confirmAction('Erase', {}, io)).rejects.toThrow(
      'cannot ask for confirmation without a terminal',
    );
  });
});

test.each([
  ['Erase the latest states of 1 key', ['forget', 'm-1'], { KAFKA_BROKERS: '127.0.0.1:1' }],
  ['Erase the latest states of 2 keys', ['forget', 'm-1', 'm-2'], { KAFKA_BROKERS: '127.0.0.1:1' }],
  ['Remove segments that were last written before', ['filter', '--remove-before', '30d'], {}],
  [
    'Delete the registration "crm"',
    ['register', '--webhook', 'crm', '--delete'],
    { COMAPI_API_USERNAME: 'a', COMAPI_API_PASSWORD: 'b', COMAPI_API_URL: 'https://127.0.0.1:1' },
  ],
] as const)('where nobody can be asked it is refused: %s', async (deed, args, env) => {
  const { code, stdout, stderr } = await runCommand(args, env);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`"${deed}`);
  expect(stderr).toContain('cannot ask for confirmation without a terminal');
});
