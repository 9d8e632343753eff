import type { StoredRecord } from '../../ports/record-reader.ts';

/** What a person wants to know of a record first. A field is absent when the record does not tell it. */
export interface RecordFacts {
  /** The name of the event, or of a state that was asked for the state itself. */
  readonly name: string | undefined;
  readonly eventId: string | undefined;
  /** Digits. */
  readonly revision: string | undefined;
  readonly webhook: string | undefined;
  /** Why it is a dead letter; `erased` when it has no bytes, which only a latest state that was erased has not. */
  readonly reason: string | undefined;
}

/** From the headers; from its bytes where the receiver has not read them: a dead letter, or a record of another producer. */
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

/** None of bytes that are no JSON object. */
export function parseMembers(value: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(value.toString());
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
