import type { StoredRecord } from '../../../src/ports/record-reader.ts';

interface Parts {
  readonly name?: string;
  readonly key?: string | null;
  readonly revision?: string;
  readonly eventId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value?: string | Buffer;
  readonly storedAtMs?: number;
  readonly topic?: string;
  readonly place?: string;
}

/** Creates a stored record as the receiver writes it. */
export function toPlaced(parts: Parts): StoredRecord {
  const { name = 'message.sent', key = 'm-1', revision, eventId, value = '{}', topic = 'events' } = parts;
  const headers = {
    ...{
      ce_specversion: '1.0',
      ce_type: name,
      ce_id: eventId ?? `e-${name}-${revision}`,
      webhook: 'default',
    },
    ...(key !== null && { ce_subject: key }),
    ...(revision !== undefined && { revision }),
  };
  return {
    ...{ topic, key, value: Buffer.from(value), headers: parts.headers ?? headers },
    place: parts.place ?? `${topic}/0/7`,
    storedAtMs: parts.storedAtMs ?? Date.parse('2026-11-27T08:00:00.123Z'),
  };
}
