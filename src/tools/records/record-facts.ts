import type { StoredRecord } from '../../ports/record-reader.ts';

/** The main facts about a record; `undefined` where the record does not contain them. */
export interface RecordFacts {
  /** Name of the event, or the status of a reconciled state. */
  readonly name: string | undefined;
  readonly eventId: string | undefined;
  /** Decimal digits. */
  readonly revision: string | undefined;
  readonly webhook: string | undefined;
  /** Reason of a dead letter, or `erased` for a tombstone, which is an erased latest state. */
  readonly reason: string | undefined;
}

/** Reads the facts from the headers, or from the value of a dead letter or a record of another producer. */
export function readFacts({ headers, value }: Pick<StoredRecord, 'headers' | 'value'>): RecordFacts {
  const { webhook, reason = value.length === 0 ? 'erased' : undefined } = headers;
  const event = headers.ce_specversion === undefined ? parseMembers(value) : {};
  return {
    name: headers.ce_type ?? toText(event.name) ?? (headers['stored-state'] && headers.status),
    eventId: headers.ce_id ?? toText(event.eventId),
    revision: headers.revision ?? toText(event.revision),
    webhook,
    reason,
  };
}

/** Parses the members of a JSON object. Returns no members for any other bytes. */
export function parseMembers(value: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsedValue: unknown = JSON.parse(value.toString());
    return typeof parsedValue === 'object' && parsedValue !== null
      ? (parsedValue as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
