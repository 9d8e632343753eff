import type { LogRecord } from '../../../src/filter/log-record.ts';

/** Creates an event of the entity with this key. The revision of the event equals its offset. */
export function createTrackedRecord(key: string, offset: number, timestampMs: number): LogRecord {
  const headers: Readonly<Record<string, string>> = {
    ce_specversion: '1.0',
    ce_type: 'message.delivered',
    ce_subject: key,
    revision: String(offset),
  };
  return {
    offset,
    timestampMs,
    key: Buffer.from(key),
    value: Buffer.from('{}'),
    body: Buffer.from('body'),
    header: (name) => headers[name],
  };
}
