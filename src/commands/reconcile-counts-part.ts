import { InvalidArgumentError } from 'commander';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { collectSkipped, type SkippedRecords } from '../ports/record-reader.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { openStore } from '../stores/open-store.ts';
import { ProviderApiError } from '../tools/provider/api/provider-api-error.ts';
import { createMessageApi } from '../tools/provider/messages/message-api.ts';
import { type CountedName, countedNames } from '../tools/provider/messages/message-schemas.ts';
import { compareCounts } from '../tools/reconcile/compare-counts.ts';
import { CountGrid, hourMs } from '../tools/reconcile/count-grid.ts';
import { countStored, type StoredFacts } from '../tools/reconcile/count-stored.ts';
import {
  type CountsSummary,
  evaluateCounts,
  formatCounts,
  toCountsJson,
} from '../tools/reconcile/format-counts.ts';
import { createCommandLogger, writeLine } from './command-io.ts';
import { loadAndWarn } from './load-config.ts';
import { showReading } from './progress.ts';
import type { PartResult, ReconcileContext } from './reconcile-parts.ts';

const maxHours = 100 * 24;
/** An event so near to the edge of an hour may be counted in its neighbour. */
const toleranceMs = 60_000;
/** An hour is judged so long after its end. */
const settleMs = hourMs;
const mostEvents = 10_000_000;

/** Reads names of events, with commas between them. */
export function parseCountedNames(text: string): readonly CountedName[] {
  const given = new Set(text.split(','));
  const names = countedNames.filter((name) => given.delete(name));
  if (given.size > 0) {
    throw new InvalidArgumentError(`The provider counts these: ${countedNames.join(', ')}.`);
  }
  return names;
}

/** Compares counts by hour. */
export async function reconcileCountsPart(
  names: readonly CountedName[],
  context: ReconcileContext,
): Promise<PartResult> {
  const { io, signal, api, print } = context;
  const config = loadAndWarn(io, loadCommandConfig);
  const fromMs = Math.floor(context.period.fromMs / hourMs) * hourMs;
  const toMs = Math.ceil(context.period.toMs / hourMs) * hourMs;
  if (toMs - fromMs > maxHours * hourMs) {
    throw new UsageError(
      `--since and --until are more than ${maxHours / 24} days apart: compare them in parts`,
    );
  }
  const nowMs = systemClock.epochMs();
  const grid = new CountGrid({ fromMs, toMs, toleranceMs, names });
  const { countByHour } = createMessageApi(api, {
    signal,
    onWarning: (text) => writeLine(io.stderr, text),
  });
  for (const counts of await countByHour(grid.startMs, grid.endMs)) {
    grid.addCounts(counts);
  }
  const { firstStoredAtMs, skipped } = await readStore(grid, config, context);
  const settledMs = nowMs - settleMs;
  const summary: CountsSummary = {
    ...compareCounts(grid, settledMs),
    fromMs,
    toMs,
    toleranceMs,
    settledMs,
    firstStoredAtMs,
    skipped,
  };
  const sum = (member: 'provider' | 'stored') =>
    summary.names.reduce((total, each) => total + each[member], 0);
  if (sum('provider') === 0 && sum('stored') > 0) {
    throw new ProviderApiError(
      'unexpected_answer',
      'The provider counts nothing in hours of which events are stored: check that the API user is one of the account that sends them.',
    );
  }
  await print(formatCounts(summary));
  return { finding: evaluateCounts(summary), json: toCountsJson(summary) };
}

async function readStore(
  grid: CountGrid,
  config: CommandConfig,
  { io, signal }: ReconcileContext,
): Promise<StoredFacts & Pick<SkippedRecords, 'skipped'>> {
  const { readRecords } = await openStore(config.store);
  if (readRecords === undefined) {
    throw new UsageError('the records of this store cannot be read');
  }
  const logger = createCommandLogger(io);
  const reading = showReading(io.stderr);
  const { observer, skipped } = collectSkipped(reading.observer);
  try {
    const facts = await countStored({
      grid,
      read: (selection, options) => readRecords(selection, { ...options, logger }),
      topics: config.allTopics,
      mostEvents,
      signal,
      observer,
    });
    return { ...facts, skipped };
  } finally {
    reading.stop();
  }
}
