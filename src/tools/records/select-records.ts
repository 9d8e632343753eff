import type { StoredRecord } from '../../ports/record-reader.ts';
import { formatCount } from '../../runtime/format.ts';
import { toSingleLineText } from '../../runtime/untrusted-text.ts';
import { readFacts } from './record-facts.ts';

/**
 * Creates a predicate that selects records by event name.
 *
 * @param names event names, or `family.*` for a whole family; `undefined` selects all records
 */
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

/** Collects the names of records that were not selected, to hint at a misspelled `--name`. */
export class UnselectedNames {
  readonly #parts: string[] = [];
  readonly #names = new Set<string>();
  #read = 0;

  /** Whether any record was read. */
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
      // Collects one more name than is listed, to know whether there are more.
      if (this.#names.size <= maxListedNames) {
        this.#names.add(toSingleLineText(name));
      }
    }
  }

  /** Describes the records that were read, as a hint for the user. */
  describe(): string {
    return this.#read === 0
      ? `No records were found for this period in ${formatSomeNames(this.#parts)}.`
      : `None of the ${formatCount(this.#read, 'record')} matches --name. They have these names: ${formatSomeNames([...this.#names])}.`;
  }
}

const maxListedNames = 10;

function formatSomeNames(texts: readonly string[]): string {
  return [...texts.slice(0, maxListedNames), ...(texts.length > maxListedNames ? ['…'] : [])].join(', ');
}
