import type { DeadLetterStore } from '../ports/dead-letter.ts';
import { listTopicNames, type RecordSelection } from '../ports/record-reader.ts';
import { UsageError } from '../runtime/errors.ts';
import type { DeadLetterPlaces } from './store.ts';

interface ChosenDeadLetters {
  readonly topics: RecordSelection['topics'];
  /** What this store calls a topic. */
  readonly what: 'topic' | 'queue' | 'stream';
  /** @param selection has no other dead letters than those of the topic */
  readonly open: (topic: string, selection: RecordSelection) => Promise<DeadLetterStore>;
}

/**
 * Opens the dead letters of the topics that are selected, one after the other.
 *
 * @throws {UsageError} when the selection names what the store does not have
 */
export async function openChosenDeadLetters(
  { topic, partition, offset }: DeadLetterPlaces,
  { topics, what, open }: ChosenDeadLetters,
): Promise<readonly DeadLetterStore[]> {
  if (what !== 'topic' && (partition ?? offset) !== undefined) {
    throw new UsageError(`--partition and --offset need Kafka: a ${what} has neither`);
  }
  const role = 'dead-letter';
  const known = listTopicNames({ role, topics });
  const chosen = known.filter((name) => topic === undefined || name === topic);
  if (chosen.length === 0) {
    throw new UsageError(
      `${topic} is not a dead-letter ${what} of this configuration: it has ${known.join(', ')}`,
    );
  }
  const stores: DeadLetterStore[] = [];
  for (const name of chosen) {
    stores.push(await open(name, { role, topics: topics.filter(({ deadLetter }) => deadLetter === name) }));
  }
  return stores;
}
