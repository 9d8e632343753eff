import { expect, test } from 'vitest';
import { createReportBody } from '../../src/reconcile/report-counts.ts';
import type { ReconcileReport } from '../../src/webhook/reconcile-report.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver } from '../support/test-receiver.ts';

test('the last report of a run is shown; it is stored, and no delivery of the provider', async () => {
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink });
  const send = (report: ReconcileReport, headers = {}) =>
    sendRaw(receiver.url, delivery(createReportBody(report), headers));
  const lines = async () =>
    (await receiver.metrics())
      .split('\n')
      .filter((line) => /^comapi_webhook_(last_)?reconcile_/.test(line))
      .map((line) => line.replace('comapi_webhook_', ''))
      .toSorted();
  expect(await lines()).toEqual(['last_reconcile_timestamp_seconds 0']);

  const sentAtMs = Date.now() - 60_000;
  const sent = { missing: 3, storedRatio: { '1h': 0.25, '24h': 0.75 } };
  await send({ sentAtMs, parts: { counts: false, registration: true }, names: { 'message.sent': sent } });
  const shown = [
    `last_reconcile_timestamp_seconds ${sentAtMs / 1000}`,
    'reconcile_good{part="counts"} 0',
    'reconcile_good{part="registration"} 1',
    'reconcile_missing_events{name="message.sent"} 3',
    'reconcile_stored_ratio{name="message.sent",window="1h"} 0.25',
    'reconcile_stored_ratio{name="message.sent",window="24h"} 0.75',
  ];
  expect(await lines()).toEqual(shown);
  expect(sink.records.map(({ key, headers }) => [key, headers.ce_type])).toEqual([
    ['webhook-reconcile', 'webhook.reconcile'],
  ]);
  expect(await receiver.metric('comapi_webhook_last_accepted_timestamp_seconds{webhook="default"}')).toBe(0);
  expect(
    await receiver.metric('comapi_webhook_own_deliveries_total{webhook="default",event="other",reason="ok"}'),
  ).toBe(1);

  // Neither an older one, such as one that was recorded, nor one of somebody without the secret.
  await send({ sentAtMs: sentAtMs - 1, parts: { counts: true }, names: {} });
  await send({ sentAtMs: Date.now(), parts: {}, names: {} }, { 'x-comapi-signature': '0'.repeat(40) });
  expect(await lines()).toEqual(shown);

  const before = Date.now() / 1000;
  await send({ sentAtMs: Date.now() + 3_600_000, parts: { names: true }, names: {} });
  const [last = '', ...others] = await lines();
  expect(others).toEqual(['reconcile_good{part="names"} 1']);
  expect(Number(last.split(' ')[1])).toBeGreaterThanOrEqual(before);
  expect(Number(last.split(' ')[1])).toBeLessThanOrEqual(Date.now() / 1000);
});
