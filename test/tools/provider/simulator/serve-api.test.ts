import { afterEach, beforeEach, expect, test } from 'vitest';
import { MessageLedger } from '../../../../src/tools/provider/simulator/message-ledger.ts';
import { type SimulatedApi, serveApi } from '../../../../src/tools/provider/simulator/serve-api.ts';

const at = Date.UTC(2026, 0, 1, 5, 30);
let api: SimulatedApi;
const ledger = new MessageLedger();

beforeEach(async () => {
  ledger.clear();
  api = await serveApi(ledger, 0);
});
afterEach(() => api.close());

async function get(path: string) {
  const response = await fetch(`${api.url}${path}`);
  return { status: response.status, body: await response.json() };
}

test('nothing has happened before anything did', async () => {
  expect(ledger.period()).toBeUndefined();
  expect(await get('/cpaas/messages/m-1')).toEqual({ status: 404, body: {} });
});

test('counts by hour, and the state of a message', async () => {
  const sent = { messageId: 'm 1', name: 'message.sent', channel: 'sms', atMs: at };
  ledger.record(sent);
  ledger.record({ ...sent, name: 'message.read', atMs: at + 3_600_000 });
  expect(ledger.period()).toEqual({
    fromMs: Date.UTC(2026, 0, 1, 5),
    toMs: Date.UTC(2026, 0, 1, 7),
  });
  const hour = '/cpaas/analytics/messages?from=2026-01-01T05:00Z&to=2026-01-01T06:00Z&by=hour';
  expect(await get(hour)).toMatchObject({
    status: 200,
    body: [{ dateUtc: '2026-01-01T05:00:00.000Z', success: { sms: 1 } }],
  });
  expect(await get('/cpaas/messages/m%201')).toMatchObject({
    status: 200,
    body: { messageId: 'm 1', status: 'read' },
  });
  expect((await get('/cpaas/webhooks')).status).toBe(404);
});
