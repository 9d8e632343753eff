import { expect, test } from 'vitest';
import { appendRecords, toEventRecord } from '../support/append-records.ts';
import { provideProviderApi } from '../support/provide-provider-api.ts';
import { toApiEnv } from '../support/reconcile-messages.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const provider = await provideProviderApi();

const hourMs = 3_600_000;
/** Start of the last hour that is compared. This hour ended at least one hour ago. */
const hourStartMs = Math.floor(Date.now() / hourMs) * hourMs - 2 * hourMs;
const hoursFrom = (hours: number) => new Date(hourStartMs + hours * hourMs).toISOString();
/** A period of the maximum length. */
const period = ['--since', hoursFrom(1 - 100 * 24), '--until', hoursFrom(1)];

/**
 * Stores this many sent messages at the start of the hour, and makes the provider count `counted` of these messages.
 */
async function given({ stored, counted }: { readonly stored: number; readonly counted: number }) {
  const env = { DATA_DIR: temporaryDirectory() };
  const records = Array.from({ length: stored }, (_, each) => {
    const record = toEventRecord(`m${each}`, 1);
    return { ...record, headers: { ...record.headers, ce_time: new Date(hourStartMs + each).toISOString() } };
  });
  await appendRecords(env, records);
  for (let each = 0; each < counted; each += 1) {
    provider.ledger.record({
      ...{ messageId: `m${each}`, name: 'message.sent' },
      ...{ channel: 'sms', atMs: hourStartMs + each },
    });
  }
  return { ...env, ...toApiEnv(provider) };
}

test('exits with 0 when nothing is missing, and prints a table', async () => {
  const { code, stdout } = await runCommand(['reconcile', ...period], await given({ stored: 4, counted: 4 }));
  expect([code, stdout]).toEqual([0, expect.stringContaining('100 %')]);
  expect(stdout).toContain('No event is missing: the store has the 4 events that the provider counts.\n');
});

test('exits with 1 when something is missing, and says what', async () => {
  const env = await given({ stored: 3, counted: 4 });
  const { code, stdout } = await runCommand(['reconcile', ...period, '--json'], env);
  expect(code).toBe(1);
  expect(JSON.parse(stdout).counts).toMatchObject({
    ...{ missing: 1, toleranceMs: 60_000 },
    names: expect.arrayContaining([expect.objectContaining({ name: 'message.sent', missing: 1 })]),
  });
  const other = await runCommand(['reconcile', ...period, '--counts', 'message.read'], env);
  expect([other.code, other.stdout]).toEqual([2, expect.not.stringContaining('message.sent')]);
});

test.each([
  [
    ['--counts', 'message.sent,profile.update'],
    'Give names of events that the provider counts: message.sentRequest, message.sent',
  ],
  [['--until', hoursFrom(2)], '--since and --until are more than 100 days apart'],
])('%j is wrong use', async (args, message) => {
  const env = { DATA_DIR: temporaryDirectory(), ...toApiEnv(provider) };
  const { code, stdout, stderr } = await runCommand(['reconcile', ...period, ...args], env);
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
  expect(provider.calls).toEqual([]);
});

test('exits with 2 when the provider cannot be asked', async () => {
  const env = await given({ stored: 1, counted: 1 });
  provider.troubles.push({ method: 'GET', status: 403 });
  const region = await runCommand(['reconcile', ...period, '--json'], env);
  expect([region.code, JSON.parse(region.stdout).counts.problem, region.stderr]).toEqual([
    2,
    ...Array(2).fill(expect.stringContaining('region')),
  ]);
  const password = await runCommand(['reconcile', ...period], { ...env, COMAPI_API_PASSWORD: 'wrong one' });
  expect([password.code, password.stderr]).toEqual([2, expect.stringContaining('rejected the credentials')]);
});

test('a provider that counts nothing of what is stored is one of another account', async () => {
  const { code, stdout, stderr } = await runCommand(
    ['reconcile', ...period],
    await given({ stored: 1, counted: 0 }),
  );
  expect([code, stdout, stderr]).toEqual([
    2,
    '',
    expect.stringContaining('belongs to the account that sends them'),
  ]);
});
