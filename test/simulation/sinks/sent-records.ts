import { isUtf8 } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import type { SinkRecord } from '../../../src/ports/sink.ts';
import type { Disk } from '../disk/disk.ts';

export const noRecord = 'no record: ';

/**
 * Compares stored records with the records that were sent. The comparison reads journal and spool lines without the
 * product's code, in the format that docs/decisions/003-journal-and-spool.md describes.
 */
export class SentRecords {
  readonly #sent = new Map<string, SinkRecord>();

  add(record: SinkRecord): SinkRecord {
    this.#sent.set(record.headers.ce_id ?? '', record);
    return record;
  }

  has(id: string): boolean {
    return this.#sent.has(id);
  }

  /**
   * Identifies a record.
   *
   * @returns the id of the record if it equals the sent record or its dead letter; otherwise the contents of the
   * record
   */
  idOf(record: SinkRecord): string {
    const { ce_id = '', reason } = record.headers;
    const sent = this.#sent.get(ce_id);
    const letter = sent && {
      ...sent,
      topic: 'dead',
      key: null,
      headers: { ...sent.headers, reason: 'rejected_by_broker', 'batch-size': '1' },
    };
    return isDeepStrictEqual(record, reason === undefined ? sent : letter)
      ? ce_id
      : JSON.stringify({ ...record, value: record.value.toString('latin1') });
  }

  /** Reads all segments in order. @returns the id of each record, or the contents of an altered record */
  readSegments(disk: Disk): string[] {
    return disk
      .listFiles()
      .filter(([name]) => /^\d{10}-[0-9a-f]{8}\.jsonl$/.test(name))
      .flatMap(([, file]) => this.readLines(file.read(0, file.size).toString()));
  }

  /**
   * Reads the complete lines of the file, and ignores a last line without a line end. A crash may leave zero bytes in
   * the file, which are skipped.
   */
  readLines(text: string): string[] {
    return text
      .split('\n')
      .slice(0, -1)
      .flatMap((line) => {
        const record = parseLine(line.slice(line.lastIndexOf('\0') + 1));
        return record !== undefined ? [this.idOf(record)] : line.includes('\0') ? [] : [`${noRecord}${line}`];
      });
  }
}

function parseLine(line: string): SinkRecord | undefined {
  try {
    const { topic, partition, key, headers, value, valueBase64 } = JSON.parse(line);
    const bytes = valueBase64 === undefined ? Buffer.from(value) : Buffer.from(valueBase64, 'base64');
    const isLine =
      partition === null && typeof headers === 'object' && isUtf8(bytes) === (value !== undefined);
    return isLine ? { topic, key, headers, value: bytes } : undefined;
  } catch {
    return undefined;
  }
}
