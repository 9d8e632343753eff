import type { DeadLetterStore } from '../ports/dead-letter.ts';
import { listTopicNames, type RecordSelection } from '../ports/record-reader.ts';

/**
 * Opens the dead letters of each dead-letter topic, one after the other.
 *
 * @param open receives the name of a dead-letter topic, and a selection of only that topic
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
