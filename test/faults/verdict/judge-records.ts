import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { SentEvent } from '../traffic/event-factory.ts';
import type { TrafficLog } from '../traffic/traffic-log.ts';
import { javaPartition } from './java-partition.ts';
import type { Evidence, Violation } from './judge.ts';

/** Checks that every stored event was sent with a valid signature. */
export function judgeOrigin({ log, stored }: Pick<Evidence, 'log' | 'stored'>): Violation[] {
  const sent = listEvents(log);
  const forged = listEvents({ requests: log.requests.filter(({ kind }) => kind === 'forged') });
  return withoutFlood(stored).flatMap((record) => {
    const id = toEventId(record);
    const fault = !sent.has(id) ? 'but never sent' : forged.has(id) ? 'with a wrong signature' : undefined;
    return fault === undefined ? [] : [{ kind: 'unknown', text: `stored ${fault}: ${toPlace(record)}` }];
  });
}

/** Checks that events are stored byte for byte. */
export function judgeBytes({ log, stored }: Pick<Evidence, 'log' | 'stored'>): Violation[] {
  return withEvents(log, stored)
    .filter(({ record, event }) => record.value?.equals(Buffer.from(event.text)) !== true)
    .map(({ record }) => ({ kind: 'bytes', text: `not the bytes that were sent: ${toPlace(record)}` }));
}

/**
 * Checks that a record has the key of its entity, and that the record is in the partition that a Java producer chooses.
 */
export function judgeKeys({
  log,
  stored,
  partitionCount,
}: Pick<Evidence, 'log' | 'stored' | 'partitionCount'>): Violation[] {
  return withEvents(log, stored).flatMap(({ record, event }) => {
    const { key, partition } = record;
    if (key?.toString() !== event.key) {
      return [{ kind: 'key', text: `wrong key: ${toPlace(record)} has ${key?.toString()}` }];
    }
    const isThere = partitionCount === undefined || partition === javaPartition(key, partitionCount);
    return isThere ? [] : [{ kind: 'key', text: `wrong partition for its key: ${toPlace(record)}` }];
  });
}

/**
 * Checks that the events of a sender that waits for each response are stored in the order of sending. Only the first
 * occurrence of each event counts.
 */
export function judgeOrder({ log, stored }: Pick<Evidence, 'log' | 'stored'>): Violation[] {
  const firstSeen = new Map<string, number>();
  for (const [index, record] of stored.entries()) {
    const id = toEventId(record);
    if (!firstSeen.has(id)) {
      firstSeen.set(id, index);
    }
  }
  const violations: Violation[] = [];
  for (const [key, events] of log.waited) {
    let last = -1;
    for (const event of events) {
      const at = firstSeen.get(event.id);
      if (at !== undefined && at < last) {
        violations.push({
          kind: 'order',
          text: `${key}: revision ${event.revision} stands before an earlier one`,
        });
      }
      last = Math.max(last, at ?? -1);
    }
  }
  return violations;
}

export function toEventId(record: StoredRecord): string {
  return /"eventId":"([^"]+)"/.exec(record.value?.toString() ?? '')?.[1] ?? '(no id)';
}

function toPlace(record: StoredRecord): string {
  return `${record.partition}:${record.offset} ${toEventId(record)}`;
}

function listEvents({ requests }: Pick<TrafficLog, 'requests'>): ReadonlyMap<string, SentEvent> {
  return new Map(requests.flatMap(({ events }) => events.map((event) => [event.id, event] as const)));
}

/** Removes the events of a flood, because the requests of a flood are not logged. */
function withoutFlood(stored: readonly StoredRecord[]): readonly StoredRecord[] {
  return stored.filter((record) => !toEventId(record).startsWith('flood-'));
}

function withEvents(log: TrafficLog, stored: readonly StoredRecord[]) {
  const sent = listEvents(log);
  return withoutFlood(stored).flatMap((record) => {
    const event = sent.get(toEventId(record));
    return event === undefined ? [] : [{ record, event }];
  });
}
