import { isAcknowledged, type TrafficLog } from '../../faults/traffic/traffic-log.ts';
import type { Violation } from '../../faults/verdict/judge.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';

/** Deliveries that were sent this much apart arrive in that order, on whichever connections. */
const apartMs = 100;

interface Arrival {
  readonly key: string;
  readonly sentAt: number;
  /** Where the log has it first. */
  readonly position: number;
}

/**
 * One receiver stores the events of an entity in the order of their arrival, however often it has to try. Judged by what was
 * acknowledged at its first delivery: an earlier attempt may be stored as well, and stands where it arrived.
 */
export function judgeArrivals({ requests }: TrafficLog, stored: readonly StoredRecord[]): Violation[] {
  const violations: Violation[] = [];
  const byKey = Map.groupBy(listArrivals(requests, findFirst(stored)), ({ key }) => key);
  for (const [key, arrivals] of byKey) {
    let earlier = 0;
    let last = -1;
    for (const { sentAt, position } of arrivals) {
      for (let before = arrivals[earlier]; before !== undefined && before.sentAt + apartMs <= sentAt; ) {
        last = Math.max(last, before.position);
        earlier += 1;
        before = arrivals[earlier];
      }
      if (position < last) {
        violations.push({
          kind: 'order',
          text: `${key}: sent at ${sentAt} ms, it overtook an earlier event`,
        });
      }
    }
  }
  return violations;
}

function listArrivals(requests: TrafficLog['requests'], firstSeen: ReadonlyMap<string, number>): Arrival[] {
  const attempts = new Map<string, number>();
  for (const { id } of requests.flatMap(({ events }) => events)) {
    attempts.set(id, (attempts.get(id) ?? 0) + 1);
  }
  return requests
    .filter((request) => request.kind !== 'forged' && isAcknowledged(request))
    .toSorted((one, other) => one.sentAt - other.sentAt)
    .flatMap(({ events, sentAt }) =>
      events.flatMap(({ id, key }) => {
        const position = firstSeen.get(id);
        return attempts.get(id) === 1 && position !== undefined ? [{ key, sentAt, position }] : [];
      }),
    );
}

function findFirst(stored: readonly StoredRecord[]): ReadonlyMap<string, number> {
  const firstSeen = new Map<string, number>();
  for (const [position, { value }] of stored.entries()) {
    const id = /"eventId":"([^"]+)"/.exec(value?.toString() ?? '')?.[1];
    if (id !== undefined && !firstSeen.has(id)) {
      firstSeen.set(id, position);
    }
  }
  return firstSeen;
}
