import type { SinkRecord } from '../../sink/sink.ts';

/** Lengths and deltas of one record. */
const recordOverheadBytes = 24;
const headerOverheadBytes = 4;

/**
 * About how many bytes a record takes in a batch. Text outside ASCII takes more than is counted here. The broker refuses
 * a batch that becomes too large by that, and it is sent again in parts.
 */
export function recordSize({ key, value, headers }: SinkRecord): number {
  let bytes = value.length + (key === null ? 0 : key.length) + recordOverheadBytes;
  for (const name in headers) {
    bytes += name.length + (headers[name] as string).length + headerOverheadBytes;
  }
  return bytes;
}
