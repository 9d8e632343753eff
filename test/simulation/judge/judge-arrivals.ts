import { isAcknowledged, type SentRequest, type TrafficLog } from '../../faults/traffic/traffic-log.ts';
import type { Violation } from '../../faults/verdict/judge.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { RoundEvidence } from './evidence.ts';

/** Minimum time between two deliveries for which their order of arrival is certain, even on different connections. */
const apartMs = 100;

/** Evidence about the order of records. Spooled records have no defined order. */
type ArrivalEvidence = Pick<RoundEvidence, 'log' | 'stored' | 'isOneProcess' | 'spooled'>;

interface Arrival {
  readonly id: string;
  readonly key: string;
  readonly sentAt: number;
  /** Position of the record's first copy in the log. */
  readonly first: number;
}

/**
 * One receiver must store the events of an entity in the order in which they arrive, regardless of retries. The first
 * acknowledged delivery of an event counts. An earlier attempt may also be stored, at the position that matches its own
 * arrival.
 */
export function judgeArrivals({ log, stored, isOneProcess, spooled }: ArrivalEvidence): Violation[] {
  if (!isOneProcess || spooled !== undefined) {
    return [];
  }
  const violations: Violation[] = [];
  const arrivals = listArrivals(log.requests, findFirst(stored));
  const byKey = Map.groupBy(arrivals, ({ key }) => key);
  for (const [key, ofKey] of byKey) {
    let earlier = 0;
    let reached = -1;
    let last: string | undefined;
    for (const { id, sentAt, first } of ofKey) {
      for (let before = ofKey[earlier]; before !== undefined && before.sentAt + apartMs <= sentAt; ) {
        [last, reached] = before.first > reached ? [before.id, before.first] : [last, reached];
        earlier += 1;
        before = ofKey[earlier];
      }
      if (first < reached) {
        violations.push({ kind: 'order', text: `${key}: ${id}, sent at ${sentAt} ms, overtook ${last}` });
      }
    }
  }
  return violations;
}

/**
 * If a delivery contains two events of an entity, the second event must be stored after the first one at least once.
 * Otherwise, a consumer that keeps the latest state would end with the first event.
 */
export function judgeDeliveries({ log, stored, spooled }: ArrivalEvidence): Violation[] {
  if (spooled !== undefined) {
    return [];
  }
  const { requests } = log;
  const firstSeen = findFirst(stored);
  const lastSeen = findLast(stored);
  const attempts = countAttempts(requests);
  const violations: Violation[] = [];
  for (const { events, sentAt } of requests.filter(isAcknowledgedDelivery)) {
    const taken = events.filter(({ id }) => attempts.get(id) === 1 && firstSeen.has(id));
    for (const [key, ofKey] of Map.groupBy(taken, (event) => event.key)) {
      const isOvertaken = ofKey.some(
        ({ id }, index) => (lastSeen.get(id) ?? 0) < (firstSeen.get(ofKey[index - 1]?.id ?? id) ?? 0),
      );
      if (isOvertaken) {
        violations.push({
          kind: 'order',
          text: `${key}: of what was sent at ${sentAt} ms, the last is not behind: ${ofKey.at(-1)?.id}`,
        });
      }
    }
  }
  return violations;
}

function listArrivals(requests: TrafficLog['requests'], firstSeen: ReadonlyMap<string, number>): Arrival[] {
  const attempts = countAttempts(requests);
  return requests
    .filter(isAcknowledgedDelivery)
    .toSorted((one, other) => one.sentAt - other.sentAt)
    .flatMap(({ events, sentAt }) =>
      events.flatMap(({ id, key }) => {
        const first = firstSeen.get(id);
        return attempts.get(id) === 1 && first !== undefined ? [{ id, key, sentAt, first }] : [];
      }),
    );
}

function isAcknowledgedDelivery(request: SentRequest): boolean {
  return request.kind !== 'forged' && isAcknowledged(request);
}

function countAttempts(requests: TrafficLog['requests']): ReadonlyMap<string, number> {
  const attempts = new Map<string, number>();
  for (const { id } of requests.flatMap(({ events }) => events)) {
    attempts.set(id, (attempts.get(id) ?? 0) + 1);
  }
  return attempts;
}

function findFirst(stored: readonly StoredRecord[]): ReadonlyMap<string, number> {
  return new Map(listPositions(stored).toReversed());
}

function findLast(stored: readonly StoredRecord[]): ReadonlyMap<string, number> {
  return new Map(listPositions(stored));
}

/** Lists the positions of each event in the stored records. */
function listPositions(stored: readonly StoredRecord[]): (readonly [id: string, position: number])[] {
  return stored.flatMap(({ value }, position) => {
    const id = /"eventId":"([^"]+)"/.exec(value?.toString() ?? '')?.[1];
    return id === undefined ? [] : [[id, position] as const];
  });
}
