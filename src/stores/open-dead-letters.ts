import type { DeadLetterStore } from '../ports/dead-letter.ts';
import { listTopicNames, type RecordSelection } from '../ports/record-reader.ts';

/**
 * Opens the dead letters of each topic, one after the other.
 *
 * @param open gets the name of a topic, and a selection of no other dead letters
 */
export async function openDeadLettersOf(
  topics: RecordSelection['topics'],
  open: (topic: string, selection: RecordSelection) => Promise<DeadLetterStore>,
): Promise<readonly DeadLetterStore[]> {
  const role = 'dead-letter';
  const stores: DeadLetterStore[] = [];
  for (const name of listTopicNames({ role, topics })) {
    stores.push(await open(name, { role, topics: topics.filter(({ deadLetter }) => deadLetter === name) }));
  }
  return stores;
}
