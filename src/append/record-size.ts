import type { SinkRecord } from '../sink/sink.ts';

/** Lengths and deltas of one record. */
const recordOverheadBytes = 24;
const headerOverheadBytes = 4;

/**
 * About how many bytes a record takes in a request. Text outside ASCII takes more than is counted here. A store that
 * refuses a request which becomes too large by that gets it again in parts.
 */
export function recordSize({ key, value, headers }: SinkRecord): number {
  let bytes = value.length + (key === null ? 0 : key.length) + recordOverheadBytes;
  for (const name in headers) {
    bytes += name.length + (headers[name] as string).length + headerOverheadBytes;
  }
  return bytes;
}
