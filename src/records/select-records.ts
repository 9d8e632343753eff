import type { PlacedRecord } from '../sink/record-reader.ts';
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

function createNameTest(names: readonly string[]): (name: string) => boolean {
  const families = names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -1));
  return (name) => names.includes(name) || families.some((family) => name.startsWith(family));
}
