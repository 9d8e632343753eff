import type { PlacedRecord } from '../../ports/record-reader.ts';
import { toLinePart } from '../../runtime/foreign-text.ts';
import { formatCount } from '../../runtime/format.ts';
import { readFacts } from './record-facts.ts';

/** Which of the records that were read are wanted. A condition that is left out takes all. */
export interface RecordConditions {
  /** Names of events, or `family.*` for those of a family. */
  readonly names?: readonly string[] | undefined;
  /** Registrations. */
  readonly webhooks?: readonly string[] | undefined;
}

/** A test for records, for `filter`. */
export function createRecordTest({
  names,
  webhooks,
}: RecordConditions): (record: Pick<PlacedRecord, 'headers' | 'value'>) => boolean {
  const isNamed = names === undefined ? undefined : createNameTest(names);
  return (record) => {
    const isOfWebhook = webhooks === undefined || webhooks.includes(record.headers.webhook ?? '');
    return isOfWebhook && (isNamed === undefined || isNamed(readFacts(record).name ?? ''));
  };
}

/** So that a misspelt name differs from one that nothing has: what was read while nothing of it was wanted. */
export class Unwanted {
  readonly #parts: string[] = [];
  readonly #names = new Set<string>();
  readonly #webhooks = new Set<string>();
  #read = 0;

  /** Something was read. */
  get isAny(): boolean {
    return this.#read > 0;
  }

  begins(part: string): void {
    this.#parts.push(part);
  }

  add(records: readonly PlacedRecord[]): void {
    this.#read += records.length;
    for (const record of records) {
      const { name = 'no name', webhook } = readFacts(record);
      addUpTo(this.#names, name);
      addUpTo(this.#webhooks, webhook ?? 'no registration');
    }
  }

  /** A sentence for a person. A store passes on only records of the key and the time that are asked for. */
  describe(): string {
    return this.#read === 0
      ? `Nothing found. Looked at: ${listSome(this.#parts)}`
      : `${formatCount(this.#read, 'record')} read, none of them wanted. Names: ${listSome([...this.#names])}. Registrations: ${listSome([...this.#webhooks])}`;
  }
}

const mostListed = 10;

/** One more than are listed. */
function addUpTo(set: Set<string>, text: string): void {
  if (set.size <= mostListed) {
    set.add(toLinePart(text));
  }
}

function listSome(texts: readonly string[]): string {
  return [...texts.slice(0, mostListed), ...(texts.length > mostListed ? ['…'] : [])].join(', ');
}

function createNameTest(names: readonly string[]): (name: string) => boolean {
  const families = names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -1));
  return (name) => names.includes(name) || families.some((family) => name.startsWith(family));
}
