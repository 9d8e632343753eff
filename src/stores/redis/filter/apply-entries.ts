import { hash } from 'node:crypto';
import { countOutcome, type FilterOutcome, type OutcomeCounts } from '../../../filter/outcome-counts.ts';
import type { RedisClient } from '../redis-client.ts';
import { RedisError, toRedisError } from '../redis-error.ts';
import type { StreamRecord } from '../stream-entry.ts';
import { type ApplyContext, applyScript, parseApplied, planEntry } from './apply-entry.ts';

export interface AppliedEntries {
  readonly counts: OutcomeCounts;
  /** One for each entry; `undefined` for one that another consumer has done, or that is held. */
  readonly outcomes: readonly (FilterOutcome | undefined)[];
  /** What was thrown for events on which this program itself fails. */
  readonly failures: readonly unknown[];
  /** Entries that cannot be applied while something else has the name of their target: for each the name, and why. */
  readonly held: readonly string[];
}

/**
 * Applies entries in one pipeline. When one fails, those that were not acknowledged are delivered again. One whose target is of
 * another type holds up nobody else.
 *
 * @throws {RedisError} the first error
 */
export async function applyEntries(
  { call }: Pick<RedisClient, 'call'>,
  entries: readonly StreamRecord[],
  context: ApplyContext,
): Promise<AppliedEntries> {
  const counts: OutcomeCounts = new Map();
  const outcomes: (FilterOutcome | undefined)[] = [];
  const held: string[] = [];
  const planned = entries.map((entry) => planEntry(entry, context));
  const replies = await Promise.allSettled([
    // The script is sent once for each pipeline; the server knows it from then on.
    ...(planned.length > 0 ? [call(['SCRIPT', 'LOAD', applyScript])] : []),
    ...planned.map(({ keys, args }) => call(['EVALSHA', scriptHash, String(keys.length), ...keys, ...args])),
  ]);
  for (const [index, plan] of planned.entries()) {
    const reply = replies[index + 1];
    if (reply?.status !== 'fulfilled') {
      const error = toRedisError(reply?.reason ?? new RedisError('answer', 'an entry has no answer'));
      if (error.kind !== 'type') {
        throw error;
      }
      held.push(`${String(plan.keys[1])}: ${error.message}`);
      continue;
    }
    const outcome = parseApplied(reply.value);
    outcomes[index] = outcome;
    if (outcome !== undefined) {
      countOutcome(counts, outcome, plan.name);
    }
  }
  return {
    counts,
    outcomes,
    failures: planned.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
    held,
  };
}

const scriptHash = hash('sha1', applyScript);
