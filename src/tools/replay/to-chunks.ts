import type { PlacedRecord } from '../../ports/record-reader.ts';

const mostRecords = 1_000;
const mostBytes = 1024 * 1024;

/** Not more at once than that, unless one record has more bytes: an append has one deadline, however much it has to store. */
export function* toChunks(records: readonly PlacedRecord[]): Generator<readonly PlacedRecord[]> {
  let chunk: PlacedRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const isFull = chunk.length >= mostRecords || bytes + record.value.length > mostBytes;
    if (isFull && chunk.length > 0) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += record.value.length;
  }
  if (chunk.length > 0) {
    yield chunk;
  }
}
