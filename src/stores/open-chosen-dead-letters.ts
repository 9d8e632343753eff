import type { DeadLetterStore } from '../ports/dead-letter.ts';
import { UsageError } from '../runtime/errors.ts';
import type { DeadLetterPlaces } from './store.ts';

interface ChosenDeadLetters {
  /** Dead-letter topics of the configuration. */
  readonly topics: readonly string[];
  /** What this store calls a topic. */
  readonly what: 'topic' | 'queue' | 'stream';
  readonly open: (topic: string) => Promise<DeadLetterStore>;
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
  const chosen = topics.filter((name) => topic === undefined || name === topic);
  if (chosen.length === 0) {
    throw new UsageError(
      `${topic} is not a dead-letter ${what} of this configuration: it has ${topics.join(', ')}`,
    );
  }
  const stores: DeadLetterStore[] = [];
  for (const name of chosen) {
    stores.push(await open(name));
  }
  return stores;
}
