import { describe, expect, test } from 'vitest';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import { createEventFactory, type SentEvent } from '../traffic/event-factory.ts';
import { createTrafficLog, type SentRequest, type TrafficLog } from '../traffic/traffic-log.ts';
import { javaPartition } from './java-partition.ts';
import { type Evidence, judge } from './judge.ts';

const partitionCount = 4;
const factory = createEventFactory();
const [first, second] = [factory.next('entity'), factory.next('entity')];

function sent(events: readonly SentEvent[], changes: Partial<SentRequest> = {}): SentRequest {
  return {
    kind: 'single',
    events,
    badElements: [],
    sentAt: 1_000_000,
    latencyMs: 5,
    outcome: 200,
    ...changes,
  };
}

function stored(event: SentEvent, offset = 0, changes: Partial<StoredRecord> = {}): StoredRecord {
  const key = Buffer.from(event.key);
  const partition = javaPartition(key, partitionCount);
  return { partition, offset, timestampMs: 0, key, value: Buffer.from(event.text), headers: {}, ...changes };
}

function toVerdict(requests: SentRequest[], records: StoredRecord[], changes: Partial<Evidence> = {}) {
  const log: TrafficLog = { ...createTrafficLog(), requests };
  const { lost, violations } = judge({
    ...{ log, stored: records, deadLetters: [], partitionCount, downTimes: [] },
    ...changes,
  });
  return { lost, kinds: violations.map(({ kind }) => kind) };
}

/**
 * Histories for special cases of the verdict. The findings of each check are tested in `judges.test.ts` of the
 * simulation.
 */
describe('the verdict', () => {
  test('finds one lost element of an acknowledged batch', () => {
    expect(toVerdict([sent([first, second])], [stored(first)])).toEqual({ lost: [second.id], kinds: [] });
  });

  test('of a topic that was recreated expects what was sent since', () => {
    const requests = [sent([first], { sentAt: 1_000 }), sent([second], { sentAt: 2_000 })];
    expect(toVerdict(requests, [stored(second)], { madeAgainAt: 2_000 })).toEqual({ lost: [], kinds: [] });
    expect(toVerdict(requests, [stored(first)], { madeAgainAt: 2_000 })).toEqual({
      lost: [second.id],
      kinds: [],
    });
    // The event was sent again, and only the second request is after the topic was recreated.
    const again = [...requests, sent([first], { sentAt: 3_000 })];
    expect(toVerdict(again, [stored(second)], { madeAgainAt: 2_000 }).lost).toEqual([first.id]);
  });

  test('lets a refused event be missing or stored', () => {
    const refused = [sent([first], { outcome: 503 }), sent([second], { outcome: 503 })];
    expect(toVerdict(refused, [stored(first)])).toEqual({ lost: [], kinds: [] });
  });

  test.for([400, 401, 413, 500, 502, 'cut', 'refused', 'no_answer'] as const)(
    'finds a signed request answered %s',
    (outcome) => {
      expect(toVerdict([sent([first], { outcome })], []).kinds).toEqual(['wrong answer']);
    },
  );

  test.for([200, 'no_answer'] as const)(
    'does not count the time in which sender or service stood still (%s)',
    (outcome) => {
      const requests = [sent([first], { latencyMs: 11_000, outcome })];
      const withStall = (to: number) => ({
        log: { ...createTrafficLog(), requests, stalls: [{ from: 1_001_000, to }] },
      });
      expect(toVerdict(requests, [stored(first)], withStall(1_002_100)).kinds).toEqual([]);
      expect(toVerdict(requests, [stored(first)], withStall(1_001_900)).kinds).toEqual(['late']);
    },
  );

  test('lets a killed process cut connections, and a terminated one only refuse them', () => {
    const requests = (outcome: SentRequest['outcome']) => [sent([first], { outcome })];
    const down = (isKilled: boolean) => ({ downTimes: [{ from: 1_000_003, to: 1_000_500, isKilled }] });
    expect(toVerdict(requests('cut'), [], down(true)).kinds).toEqual([]);
    expect(toVerdict(requests('refused'), [], down(false)).kinds).toEqual([]);
    expect(toVerdict(requests('cut'), [], down(false)).kinds).toEqual(['wrong answer']);
    const before = { downTimes: [{ from: 1_000_006, to: 1_000_500, isKilled: true }] };
    expect(toVerdict(requests('cut'), [], before).kinds).toEqual(['wrong answer']);
  });

  test('lets a sender that stood still hear late of a connection that a kill has cut', () => {
    const requests = [sent([first], { outcome: 'cut', sentAt: 1_000_510, latencyMs: 700 })];
    const kill = { downTimes: [{ from: 1_000_003, to: 1_000_500, isKilled: true }] };
    const stalls = [{ from: 1_000_600, to: 1_001_200 }];
    const log = { ...createTrafficLog(), requests, stalls };
    expect(toVerdict(requests, [], { ...kill, log }).kinds).toEqual([]);
    expect(toVerdict(requests, [], kill).kinds).toEqual(['wrong answer']);
  });

  test('lets a waiting sender find its first event once more behind the second', () => {
    const requests = [sent([first]), sent([second])];
    const log = { ...createTrafficLog(), requests, waited: new Map([['entity', [first, second]]]) };
    expect(toVerdict(requests, [stored(first), stored(second, 1), stored(first, 2)], { log }).kinds).toEqual(
      [],
    );
    expect(toVerdict(requests, [stored(second), stored(first, 1), stored(second, 2)], { log }).kinds).toEqual(
      ['order'],
    );
  });
});
