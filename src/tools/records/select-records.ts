import type { StoredRecord } from '../../ports/record-reader.ts';
import { formatCount } from '../../runtime/format.ts';
import { toLinePart } from '../../runtime/untrusted-text.ts';
import { readFacts } from './record-facts.ts';

/** A test for records, for `filter`. @param names of events, or `family.*` for those of a family; `undefined` takes all */
export function createNameTest(
  names: readonly string[] | undefined,
): (record: Pick<StoredRecord, 'headers' | 'value'>) => boolean {
  if (names === undefined) {
    return () => true;
  }
  const families = names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -1));
  return (record) => {
    const { name = '' } = readFacts(record);
    return names.includes(name) || families.some((family) => name.startsWith(family));
  };
}

/** So that a misspelt name differs from one that nothing has: what was read while nothing of it was wanted. */
export class Unwanted {
  readonly #parts: string[] = [];
  readonly #names = new Set<string>();
  #read = 0;

  /** Something was read. */
  get isAny(): boolean {
    return this.#read > 0;
  }

  begins(part: string): void {
    this.#parts.push(part);
  }

  add(records: readonly StoredRecord[]): void {
    this.#read += records.length;
    for (const record of records) {
      const { name = 'no name' } = readFacts(record);
      // One more than are listed.
      if (this.#names.size <= mostListed) {
        this.#names.add(toLinePart(name));
      }
    }
  }

  /** A sentence for a person. A store passes on only records of the time that is asked for. */
  describe(): string {
    return this.#read === 0
      ? `Nothing found. Looked at: ${listSome(this.#parts)}`
      : `${formatCount(this.#read, 'record')} read, none of them wanted. Names: ${listSome([...this.#names])}`;
  }
}

const mostListed = 10;

function listSome(texts: readonly string[]): string {
  return [...texts.slice(0, mostListed), ...(texts.length > mostListed ? ['…'] : [])].join(', ');
}
