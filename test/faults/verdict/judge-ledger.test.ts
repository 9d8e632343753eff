import { expect, test } from 'vitest';
import { parseMetrics } from '../services/parse-metrics.ts';
import { judgeLedger } from './judge-ledger.ts';

function metrics(received: number, stored: number, refused: number) {
  return parseMetrics(
    [
      '# TYPE comapi_webhook_events_total counter',
      `comapi_webhook_events_total{webhook="default",outcome="stored"} ${stored}`,
      `comapi_webhook_events_total{webhook="default",outcome="dead_lettered"} 1`,
      `comapi_webhook_events_total{webhook="default",outcome="refused"} ${refused}`,
      `comapi_webhook_events_received_total{webhook="default"} ${received}`,
    ].join('\n'),
  );
}

const agreeing = { metrics: metrics(10, 6, 3), acknowledged: 7, unanswered: 0, kept: 8, wasRestarted: false };

test('the ledger agrees when its sum, the senders and the topics do', () => {
  expect(judgeLedger(agreeing)).toEqual([]);
});

test.for([
  ['a sum that is not 0', { metrics: metrics(11, 6, 3) }],
  ['no ledger at all', { metrics: new Map(), acknowledged: 0 }],
  ['more stored than the topics hold', { kept: 6 }],
  ['more than what the senders were told', { acknowledged: 5, unanswered: 1 }],
  ['less than what the senders were told', { acknowledged: 8, unanswered: 1 }],
] as const)('it does not agree with %s', ([, changes]) => {
  expect(judgeLedger({ ...agreeing, ...changes })).toHaveLength(1);
});

test('what no sender was told may be stored or not', () => {
  expect(judgeLedger({ ...agreeing, acknowledged: 5, unanswered: 2 })).toEqual([]);
});

test('what the senders were told by an earlier process is not held against it', () => {
  expect(judgeLedger({ ...agreeing, acknowledged: 100, wasRestarted: true })).toEqual([]);
});
