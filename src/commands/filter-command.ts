import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { loadFilterConfig } from '../config/filter-config.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import { runProcess } from '../runtime/run-process.ts';
import type { CommandIo } from './command-io.ts';

export function createFilterCommand(io: CommandIo): Command {
  return new Command('filter')
    .description('keep the latest state of every entity; configured by environment variables')
    .addHelpText(
      'after',
      `
Reads KAFKA_TOPIC, drops obsolete and repeated states, and writes what moves forward to KAFKA_LATEST_TOPIC.

Examples:
  KAFKA_BROKERS=localhost:9092 comapi-webhook filter
  KAFKA_BROKERS=localhost:9092 FILTER_WINDOW=48h comapi-webhook filter`,
    )
    .action(async () => {
      keepNewSpaceSmall();
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

/**
 * The state lies outside of V8's heap, and everything else is garbage at once. V8 would let the space for new objects
 * grow to 16 MiB and more, which is memory that a hundred thousand entities take; with 1 MiB it is collected as quickly.
 */
function keepNewSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
