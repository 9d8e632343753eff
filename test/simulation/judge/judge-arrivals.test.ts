import { expect, test } from 'vitest';
import { createEventFactory, type SentEvent } from '../../faults/traffic/event-factory.ts';
import { createTrafficLog, type SentRequest } from '../../faults/traffic/traffic-log.ts';
import { judgeArrivals, judgeDeliveries } from './judge-arrivals.ts';

const factory = createEventFactory();
const [first, second] = [factory.next('entity'), factory.next('entity')];

function sent(event: SentEvent, sentAt: number, outcome: SentRequest['outcome'] = 200): SentRequest {
  return { kind: 'single', events: [event], badElements: [], sentAt, latencyMs: 5, outcome };
}

function judgeKinds(requests: SentRequest[], stored: readonly SentEvent[], judge = judgeArrivals) {
  const records = stored.map((event, offset) => ({
    ...{ partition: 0, offset, timestampMs: 0, headers: {} },
    key: Buffer.from(event.key),
    value: Buffer.from(event.text),
  }));
  const log = { ...createTrafficLog(), requests };
  const evidence = { log, stored: records, isOneProcess: true, spooled: undefined };
  return judge(evidence).map(({ kind }) => kind);
}

test('events of an entity stand in the order of their arrival, duplicates or not', () => {
  expect(judgeKinds([sent(first, 0), sent(second, 200)], [first, second, first])).toEqual([]);
  expect(judgeKinds([sent(second, 200), sent(first, 0)], [second, first])).toEqual(['order']);
});

test('what was sent at nearly the same time may arrive in any order', () => {
  expect(judgeKinds([sent(first, 0), sent(second, 50)], [second, first])).toEqual([]);
});

test('what was delivered twice, or was refused, has no place of its own', () => {
  const twice = [sent(second, 0, 503), sent(first, 200), sent(second, 5_000)];
  expect(judgeKinds(twice, [second, first])).toEqual([]);
  expect(judgeKinds([sent(first, 0, 503), sent(second, 200)], [second, first])).toEqual([]);
});

test('events of an entity in one delivery end with the last of them, however often they are stored', () => {
  const delivery = { ...sent(first, 0), events: [first, second] };
  expect(judgeKinds([delivery], [first, second, first], judgeDeliveries)).toEqual([]);
  expect(judgeKinds([delivery], [second, first, second], judgeDeliveries)).toEqual([]);
  expect(judgeKinds([delivery], [second, first], judgeDeliveries)).toEqual(['order']);
});

test('of a delivery that was refused, or sent again, nothing is known', () => {
  const delivery = { ...sent(first, 0), events: [first, second] };
  expect(judgeKinds([{ ...delivery, outcome: 503 }], [second, first], judgeDeliveries)).toEqual([]);
  expect(judgeKinds([delivery, { ...delivery, sentAt: 5_000 }], [second, first], judgeDeliveries)).toEqual(
    [],
  );
});

test('of what goes through a spool, and of several processes, nobody knows the order', () => {
  const requests = [sent(first, 0), sent(second, 200)];
  const judgeSpooled: typeof judgeArrivals = (evidence) => judgeArrivals({ ...evidence, spooled: new Set() });
  const judgeSeveral: typeof judgeArrivals = (evidence) =>
    judgeArrivals({ ...evidence, isOneProcess: false });
  expect(judgeKinds(requests, [second, first], judgeSpooled)).toEqual([]);
  expect(judgeKinds(requests, [second, first], judgeSeveral)).toEqual([]);
});
