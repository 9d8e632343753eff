import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSegmentName } from '../../src/stores/journal/journal-segment.ts';
import { startCommand } from '../support/receiver-process.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

const lost = 'comapi_webhook_read_back_records_total{outcome="missing"}';
const same = 'comapi_webhook_read_back_records_total{outcome="same"}';

test('a journal that loses an acknowledged event is named within seconds; the next events are read back again', async () => {
  const receiver = await startTestReceiver();
  const send = async () => {
    const args = ['send', '--url', `${receiver.url}/webhook`];
    expect(await startCommand(args, { WEBHOOK_SECRET: testSecret }).exited).toBe(0);
  };
  await waitUntil(() => receiver.ready(), { timeoutMs: 30_000, what: 'the receiver is ready' });
  await send();
  const directory = join(receiver.dataDir, 'journal');
  const [segment = ''] = readdirSync(directory).filter(isSegmentName);
  truncateSync(join(directory, segment), 0);
  await waitUntil(async () => (await receiver.metric(lost)) === 1, {
    timeoutMs: 20_000,
    what: 'the loss is counted',
  });
  expect(await receiver.ready()).toBe(true);
  const named = `an acknowledged record is missing: ${segment}/0`;
  expect(await receiver.readiness()).toContain(named);
  const page = await (await fetch(`${receiver.managementUrl}/status.json`)).text();
  expect(page).toContain(named);
  expect(page).toContain('"id": "record_lost"');
  expect(receiver.log.lines).toContainEqual(
    expect.objectContaining({
      level: 'error',
      msg: 'the store has lost an acknowledged record',
      outcome: 'missing',
    }),
  );
  await send();
  await waitUntil(async () => (await receiver.metric(same)) >= 1, {
    timeoutMs: 20_000,
    what: 'the next event is read back',
  });
  expect(await receiver.metric(lost)).toBe(1);
});
