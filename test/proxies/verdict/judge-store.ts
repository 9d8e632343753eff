import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { Delivery } from '../traffic/create-delivery.ts';

/** Compares acknowledged events with those in the store. The store may also contain refused events. */
export function judgeStore(
  sent: readonly Delivery[],
  acknowledged: readonly Delivery[],
  stored: ReadonlyMap<string, readonly StoredRecord[]>,
) {
  /** Acknowledged events that are missing from the store or were changed. */
  const lost: string[] = [];
  /** Stored events that were not part of any signed delivery. */
  const unknown: string[] = [];
  for (const [topic, part] of [
    ['comapi.events', 'events'],
    ['comapi.events.dead-letter', 'deadLetters'],
  ] as const) {
    const values = new Set((stored.get(topic) ?? []).map(({ value }) => String(value)));
    lost.push(...acknowledged.flatMap((each) => each[part]).filter((value) => !values.has(value)));
    const signed = new Set(sent.filter((each) => each.isSigned).flatMap((each) => each[part]));
    unknown.push(...[...values].filter((value) => !signed.has(value)));
  }
  return { lost, unknown };
}
