import type { WireWriter } from './wire-writer.ts';

/** Writes the headers of one record. @returns the number of headers */
export function writeHeaders(writer: WireWriter, headers: Readonly<Record<string, string>>): number {
  let count = 0;
  for (const name in headers) {
    writer.varintString(name);
    writer.varintString(headers[name] as string);
    count += 1;
  }
  return count;
}

/**
 * Writes the headers of the records in one batch. Records that arrive together have most headers in common. A header
 * that equals the header at the same index of the previous record is copied, and adjacent equal headers are copied
 * together. If each character were written individually instead, the headers would take half of a record's encoding
 * time.
 */
export class HeaderWriter {
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  /** For each remembered header, the position in the buffer at which it was last written. */
  readonly #begins: number[] = [];
  readonly #ends: number[] = [];

  /**
   * Writes the headers of one record.
   *
   * @returns the number of headers
   */
  write(writer: WireWriter, headers: Readonly<Record<string, string>>): number {
    let count = 0;
    // Range that must be copied before anything else is written. The range is initially empty.
    let copyStart = 0;
    let end = 0;
    for (const name in headers) {
      const value = headers[name] as string;
      if (name === this.#names[count] && value === this.#values[count]) {
        if (this.#begins[count] !== end) {
          writer.copy(copyStart, end);
          copyStart = this.#begins[count] as number;
        }
        end = this.#ends[count] as number;
      } else {
        writer.copy(copyStart, end);
        copyStart = 0;
        end = 0;
        this.#names[count] = name;
        this.#values[count] = value;
        this.#begins[count] = writer.offset;
        writer.varintString(name);
        writer.varintString(value);
        this.#ends[count] = writer.offset;
      }
      count += 1;
    }
    writer.copy(copyStart, end);
    return count;
  }

  /** Clears the remembered headers. Must be called after bytes in the buffer have moved. */
  forget(): void {
    this.#names.length = 0;
  }
}
