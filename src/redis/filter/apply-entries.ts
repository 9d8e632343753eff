import { hash } from 'node:crypto';
import type { FilteredRecords, FilterOutcome } from '../../revisions/filter-records.ts';
import { type FamilyLabel, toFamilyLabel } from '../../revisions/to-family-label.ts';
import type { RedisClient } from '../redis-client.ts';
import { RedisError, toRedisError } from '../redis-error.ts';
import type { StreamRecord } from '../stream-entry.ts';
import { type ApplyContext, applyScript, parseApplied, planEntry } from './apply-entry.ts';

export interface AppliedEntries {
  /** For the metrics: the records themselves are where they belong already. */
  readonly filtered: FilteredRecords;
  /** What was thrown for events on which this program itself fails. */
  readonly defects: readonly unknown[];
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
  const counts = new Map<FilterOutcome, Map<FamilyLabel, number>>();
  const revisionsBehind: number[] = [];
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
    const { outcome, behind } = parseApplied(reply.value, plan);
    if (outcome !== undefined) {
      const family = toFamilyLabel(plan.name);
      const byFamily = counts.get(outcome) ?? new Map<FamilyLabel, number>();
      counts.set(outcome, byFamily.set(family, (byFamily.get(family) ?? 0) + 1));
    }
    if (behind !== undefined) {
      revisionsBehind.push(behind);
    }
  }
  return {
    filtered: {
      latest: [],
      latestSources: [],
      latestKnown: [],
      deadLetters: [],
      counts,
      defects: [],
      revisionsBehind,
      timestampMs: context.nowMs,
    },
    defects: planned.flatMap(({ defect }) => (defect === undefined ? [] : [defect])),
    held,
  };
}

const scriptHash = hash('sha1', applyScript);
