import { expect, test } from 'vitest';
import type { StoredRecord } from '../support/kafka/read-topic.ts';
import { type ConcludeDeps, concludeRound } from './round-result.ts';
import { type Row, toRoundLines, toSummary } from './round-table.ts';
import { createEventFactory } from './traffic/event-factory.ts';
import { createTrafficLog, type SentRequest } from './traffic/traffic-log.ts';
import { javaPartition } from './verdict/java-partition.ts';

const event = createEventFactory().next('entity');
const request: SentRequest = {
  ...{ kind: 'single', events: [event], badElements: [], sentAt: 1_000, latencyMs: 5, outcome: 200 },
};
const key = Buffer.from(event.key);
const record: StoredRecord = {
  ...{ partition: javaPartition(key, 4), offset: 0, timestampMs: 0, key, value: Buffer.from(event.text) },
  headers: {},
};

interface Facts {
  readonly exitCode?: number;
  readonly stored?: readonly StoredRecord[];
  /** Number of events that the service reports as received. */
  readonly received?: number;
  readonly changes?: Partial<ConcludeDeps>;
}

async function conclude({
  exitCode = 0,
  stored = [record],
  received = 1,
  changes = {},
}: Facts): Promise<Row> {
  const metrics = new Map([
    ['comapi_webhook_events_received_total', received],
    ['comapi_webhook_events_total{outcome="stored"}', 1],
  ]);
  const process = { downTimes: [], terminate: async () => exitCode };
  const result = await concludeRound({
    service: { metrics: async () => metrics, process } as unknown as ConcludeDeps['service'],
    log: { ...createTrafficLog(), requests: [request] },
    ...{ reported: [], notes: [], flooded: [], unanswered: 0, servesMs: 1, recoveryMs: 1 },
    partitionCount: 4,
    readStores: async () => ({ stored, deadLetters: [] }),
    ...changes,
  });
  return { ...result, label: '1', seed: 1, what: 'a fault' };
}

test('a round without findings is good', async () => {
  const row = await conclude({});
  expect(toRoundLines(row)).toEqual(['  acknowledged 1 of 1, lost 0, other violations 0']);
  expect(toSummary([row], 0).isGood).toBe(true);
});

test.each<[string, Facts, string]>([
  ['a lost event', { stored: [] }, '  ! lost: 1, the first '],
  ['an exit code', { exitCode: 1 }, '  ! exit: SIGTERM gave 1 instead of 0'],
  ['a service that never serves again', { changes: { servesMs: undefined } }, '  ! recovery: '],
  ['rejections that never end', { changes: { recoveryMs: undefined } }, '  ! recovery: none within '],
  ['a ledger that does not add up', { received: 2 }, '  ! ledger: received 2 is not stored 1 + refused 0'],
  [
    'a finding of a fault',
    { changes: { reported: [{ kind: 'memory', text: 'too much' }] } },
    '  ! memory: too much',
  ],
  ['another value', { stored: [{ ...record, value: Buffer.from(`${event.text} `) }] }, '  ! bytes: '],
])('%s fails the round and the run', async (_, facts, line) => {
  const row = await conclude(facts);
  expect(toRoundLines(row).filter((each) => each.startsWith(line))).not.toEqual([]);
  expect(toSummary([await conclude({}), row], 0).isGood).toBe(false);
});

test('a lost event alone fails the run', async () => {
  const row = await conclude({});
  expect(toSummary([{ ...row, lost: ['x'] }], 0).isGood).toBe(false);
});

test('a round that could not be checked fails the run', async () => {
  const { text, isGood } = toSummary([await conclude({})], 1);
  expect(isGood).toBe(false);
  expect(text).toContain('1 rounds could not be judged.');
});
