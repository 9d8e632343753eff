import { hash } from 'node:crypto';
import type { FilteredRecords, FilterOutcome } from '../../revisions/filter-records.ts';
import { type FamilyLabel, toFamilyLabel } from '../../revisions/to-family-label.ts';
import type { RedisClient } from '../redis-client.ts';
import { RedisError } from '../redis-error.ts';
import type { StreamRecord } from '../stream-entry.ts';
import { type ApplyContext, applyScript, parseApplied, planEntry } from './apply-entry.ts';

export interface AppliedEntries {
  /** For the metrics: the records themselves are where they belong already. */
  readonly filtered: FilteredRecords;
  /** What was thrown for events on which this program itself fails. */
  readonly defects: readonly unknown[];
}

/**
 * Applies entries in one pipeline. When one fails, those that were not acknowledged are delivered again.
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
  const planned = entries.map((entry) => planEntry(entry, context));
  const replies = await Promise.allSettled([
    // The script is sent once for each pipeline; the server knows it from then on.
    ...(planned.length > 0 ? [call(['SCRIPT', 'LOAD', applyScript])] : []),
    ...planned.map(({ keys, args }) => call(['EVALSHA', scriptHash, String(keys.length), ...keys, ...args])),
  ]);
  for (const [index, plan] of planned.entries()) {
    const reply = replies[index + 1];
    if (reply?.status !== 'fulfilled') {
      throw reply?.reason ?? new RedisError('answer', 'an entry has no answer');
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
      deadLetters: [],
      counts,
      defects: [],
      revisionsBehind,
      timestampMs: context.nowMs,
    },
    defects: planned.flatMap(({ defect }) => (defect === undefined ? [] : [defect])),
  };
}

const scriptHash = hash('sha1', applyScript);
