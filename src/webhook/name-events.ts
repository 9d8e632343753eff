import type { SinkRecord } from '../sink/sink.ts';

/** What a log may say of an event: headers of its record, and its key. */
export interface NamedEvent {
  readonly ce_type: string | undefined;
  readonly ce_id: string | undefined;
  /** Left out where it may be a person's. */
  readonly key: string | undefined;
}

/** Telephone numbers and addresses of mail: rules for keys can lead to them, and a profile may be called by one. */
const mayBePersonal = /@|^(?:tel:)?\+?[\d ().-]{7,}$/i;

export function nameEvents(events: readonly SinkRecord[], count: number): NamedEvent[] {
  return events.slice(0, count).map(({ headers, key }) => ({
    ce_type: headers.ce_type,
    ce_id: headers.ce_id,
    key: key === null || mayBePersonal.test(key) ? undefined : key,
  }));
}
