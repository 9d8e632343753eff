import type { PassThrough } from 'node:stream';

/**
 * Reads all text that was written to the stream. One `read()` returns all chunks on Node 24 and only the first one on
 * Node 26.
 */
export function readWritten(stream: PassThrough): string {
  let text = '';
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
    text += String(chunk);
  }
  return text;
}
