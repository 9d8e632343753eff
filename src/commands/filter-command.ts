import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { loadFilterConfig } from '../config/filter-config.ts';
import { loadJournalFilterConfig } from '../config/journal-filter-config.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import { exitCodes, runProcess } from '../runtime/run-process.ts';
import type { CommandIo } from './command-io.ts';

export function createFilterCommand(io: CommandIo): Command {
  return new Command('filter')
    .description('keep the latest state of every entity; configured by environment variables')
    .addHelpText(
      'after',
      `
Reads KAFKA_TOPIC, drops obsolete and repeated states, and writes what moves forward to KAFKA_LATEST_TOPIC.
Without KAFKA_BROKERS it reads the journal below DATA_DIR (./data) to its end, appends to DATA_DIR/latest and ends.

Examples:
  KAFKA_BROKERS=localhost:9092 comapi-webhook filter
  KAFKA_BROKERS=localhost:9092 FILTER_WINDOW=48h comapi-webhook filter
  comapi-webhook filter && jq -c '[.key, .headers.revision]' data/latest/*.jsonl`,
    )
    .action(async () => {
      keepNewSpaceSmall();
      if (!io.env.KAFKA_BROKERS) {
        await filterOnJournal(io);
        return;
      }
      const config = loadFilterConfig(io.env);
      const logger = createLogger(config.logLevel);
      await runProcess({
        async start() {
          const { startRevisionFilter } = await import('../revision-filter.ts');
          return startRevisionFilter(config, { logger, clock: systemClock });
        },
        logger,
        shutdownTimeoutMs: config.shutdownTimeoutMs,
        signals: io.signals,
        exit: io.exit,
      });
    });
}

/** Once, to the journal's end: a tool for development and small set-ups, not a process that stays. */
async function filterOnJournal({ env, exit }: CommandIo): Promise<void> {
  const config = loadJournalFilterConfig(env);
  const logger = createLogger(config.logLevel);
  const { filterJournal } = await import('../journal/filter-journal.ts');
  const counts = await filterJournal({ ...config, logger, clock: systemClock });
  logger.info({ ...counts, directory: join(config.dataDir, 'latest') }, 'filtered the journal');
  exit(exitCodes.done);
}

/**
 * The state lies outside of V8's heap, and everything else is garbage at once. V8 would let the space for new objects
 * grow to 16 MiB and more, which is memory that a hundred thousand entities take; with 1 MiB it is collected as quickly.
 */
function keepNewSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
