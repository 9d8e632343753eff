import type { DeadLetterStore } from '../ports/dead-letter.ts';
import { listTopicNames, type RecordSelection, splitPosition } from '../ports/record-reader.ts';
import type { DeadLettersDeps, Store } from './store.ts';

/** Creates `Store.findReplayed` for a store that keeps replayed dead letters and marks them as replayed. */
export function createReplayedFinder(
  openDeadLetters: (deps: DeadLettersDeps) => Promise<readonly DeadLetterStore[]>,
): Store['findReplayed'] {
  return async (places, deps) => {
    const stores = await openDeadLetters({ ...deps, dryRun: true });
    try {
      return new Set((await Promise.all(stores.map((store) => store.listReplayed(places)))).flat());
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  };
}

/** Selects the positions that are in a topic or stream. */
export function filterPositions(places: readonly string[], isWanted: (part: string) => boolean): string[] {
  return places.filter((place) => isWanted(splitPosition(place)[0]));
}

/**
 * Opens the dead letters of all dead-letter topics sequentially.
 *
 * @param open receives the name of a dead-letter topic, and a selection that contains only that topic
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
