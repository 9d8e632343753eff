import { InvalidArgumentError } from 'commander';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { collectSkipped, type SkippedRecords } from '../ports/record-reader.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { openStore } from '../stores/open-store.ts';
import { ProviderApiError } from '../tools/provider/api/provider-api-error.ts';
import { createMessageApi } from '../tools/provider/messages/message-api.ts';
import { type CountedName, countedNames } from '../tools/provider/messages/message-schemas.ts';
import { compareCounts, sumCounts } from '../tools/reconcile/compare-counts.ts';
import { CountGrid, hourMs } from '../tools/reconcile/count-grid.ts';
import { countStoredEventsByHour, type StoredEventsSummary } from '../tools/reconcile/count-stored.ts';
import {
  type CountsSummary,
  evaluateCounts,
  formatCounts,
  toCountsJson,
} from '../tools/reconcile/format-counts.ts';
import { createCommandLogger, writeLine } from './command-io.ts';
import { loadConfigWithWarnings } from './load-config.ts';
import { showProgress, showReadProgress } from './progress.ts';
import type { ReconcileContext, ReconcileStepResult } from './reconcile-steps.ts';

const maxComparedHours = 100 * 24;
/**
 * Maximum distance of an event from the start or end of an hour at which the provider may count the event in the
 * neighbouring hour.
 */
const hourBoundaryToleranceMs = 60_000;
/** Time to wait after the end of an hour before comparing its counts. */
const countSettlingMs = hourMs;
const maxCountedEvents = 10_000_000;

/** Parses a comma-separated list of event names. */
export function parseCountedNames(text: string): readonly CountedName[] {
  const requestedNames = new Set(text.split(','));
  const names = countedNames.filter((name) => requestedNames.delete(name));
  if (requestedNames.size > 0) {
    throw new InvalidArgumentError(
      `Give names of events that the provider counts: ${countedNames.join(', ')}.`,
    );
  }
  return names;
}

export async function runCountsStep(
  names: readonly CountedName[],
  context: ReconcileContext,
): Promise<ReconcileStepResult> {
  const { io, signal, api, print } = context;
  const config = loadConfigWithWarnings(io, loadCommandConfig);
  const periodStartMs = Math.floor(context.period.fromMs / hourMs) * hourMs;
  const periodEndMs = Math.ceil(context.period.toMs / hourMs) * hourMs;
  if (periodEndMs - periodStartMs > maxComparedHours * hourMs) {
    throw new UsageError(
      `--since and --until are more than ${maxComparedHours / 24} days apart: compare shorter periods one after another`,
    );
  }
  const nowMs = systemClock.epochMs();
  const countGrid = new CountGrid({
    fromMs: periodStartMs,
    toMs: periodEndMs,
    toleranceMs: hourBoundaryToleranceMs,
    names,
  });
  const { countByHour } = createMessageApi(api, {
    signal,
    onWarning: (text) => writeLine(io.stderr, text),
  });
  const startedAt = systemClock.now();
  const progress = showProgress(io.stderr, () => ({
    done: 0,
    elapsedMs: systemClock.now() - startedAt,
    detail: ', requesting counts from the provider',
  }));
  try {
    for (const counts of await countByHour(countGrid.startMs, countGrid.endMs)) {
      countGrid.addCounts(counts);
    }
  } finally {
    progress.stop();
  }
  const { firstStoredAtMs, skipped } = await countStoredEvents(countGrid, config, context);
  const settledUntilMs = nowMs - countSettlingMs;
  const summary: CountsSummary = {
    ...compareCounts(countGrid, settledUntilMs),
    fromMs: periodStartMs,
    toMs: periodEndMs,
    toleranceMs: hourBoundaryToleranceMs,
    settledMs: settledUntilMs,
    firstStoredAtMs,
    skipped,
  };
  const { provider, stored } = sumCounts(summary.names);
  if (provider === 0 && stored > 0) {
    throw new ProviderApiError(
      'unexpected_answer',
      'The store has events from hours in which the provider counts none. Check that the API user belongs to the account that sends them.',
    );
  }
  await print(formatCounts(summary));
  return { finding: evaluateCounts(summary), json: toCountsJson(summary) };
}

async function countStoredEvents(
  grid: CountGrid,
  config: CommandConfig,
  { io, signal }: ReconcileContext,
): Promise<StoredEventsSummary & Pick<SkippedRecords, 'skipped'>> {
  const { readRecords } = await openStore(config.store);
  if (readRecords === undefined) {
    throw new UsageError('"reconcile" cannot read the records of this store');
  }
  const logger = createCommandLogger(io);
  const readProgress = showReadProgress(io.stderr);
  const { observer, skipped } = collectSkipped(readProgress.observer);
  try {
    const facts = await countStoredEventsByHour({
      grid,
      read: (selection, options) => readRecords(selection, { ...options, logger }),
      topics: config.allTopics,
      maxEvents: maxCountedEvents,
      signal,
      observer,
    });
    return { ...facts, skipped };
  } finally {
    readProgress.stop();
  }
}
