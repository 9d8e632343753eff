import { expect, test } from 'vitest';
import type { SinkRecord } from '../../src/sink/sink.ts';
import { readReconcileReport, reconcileEventName } from '../../src/webhook/reconcile-report.ts';

function toRecord(payload: unknown, name = reconcileEventName, revision = '5000'): SinkRecord {
  const value = Buffer.from(JSON.stringify({ name, payload }));
  return { topic: 't', key: 'k', value, headers: { ce_type: name, revision } };
}

test('a report says what was compared, and what of each name is missing and stored', () => {
  const names = { 'message.sent': { missing: 2, storedRatio: { '1h': 0.5, '24h': 1 } } };
  expect(readReconcileReport([toRecord({ parts: { counts: false, names: true }, names })])).toEqual({
    ...{ sentAtMs: 5000, parts: { counts: false, names: true } },
    names,
  });
});

test.each<[string, unknown, unknown]>([
  ['nothing', undefined, { parts: {}, names: {} }],
  ['no object', 7, { parts: {}, names: {} }],
  ['unknown parts and names', { parts: { x: true, counts: 1 }, names: { x: {} } }, { parts: {}, names: {} }],
  [
    'numbers that are none',
    {
      names: {
        'message.read': { missing: 'many', storedRatio: { '1h': 'all', '6h': 7, '24h': -1, '2h': 1 } },
      },
    },
    { parts: {}, names: { 'message.read': { missing: 0, storedRatio: { '6h': 1, '24h': 0 } } } },
  ],
  [
    'numbers beyond all',
    { names: { 'message.read': { missing: -5 }, 'message.sent': { missing: '1e999' } } },
    {
      parts: {},
      names: {
        'message.sent': { missing: 0, storedRatio: {} },
        'message.read': { missing: 0, storedRatio: {} },
      },
    },
  ],
])('of %s only what is known becomes a report', (_what, payload, expected) => {
  expect(readReconcileReport([toRecord(payload)])).toEqual({ sentAtMs: 5000, ...(expected as object) });
});

test('another event, and a batch, is no report', () => {
  expect(readReconcileReport([toRecord({}, 'message.sent')])).toBeUndefined();
  expect(readReconcileReport([toRecord({}), toRecord({})])).toBeUndefined();
  expect(readReconcileReport([])).toBeUndefined();
});
