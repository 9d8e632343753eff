import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { loadFilterConfig, loadFilterRunConfig } from '../config/filter-config.ts';
import { readStoreConfig } from '../config/stores.ts';
import { listTopics } from '../config/topic-names.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { toIso } from '../runtime/format.ts';
import { createLogger, toStandardError } from '../runtime/logger.ts';
import { exitCodes, runProcess } from '../runtime/run-process.ts';
import { openStore } from '../stores/open-store.ts';
import type { RunFilterOnce } from '../stores/store.ts';
import { type CommandIo, chooseLogStyle } from './command-io.ts';
import { confirmAction, yesOption } from './confirm-action.ts';
import { loadConfig, logUnread } from './load-config.ts';
import { parseTime } from './option-parsers.ts';

interface FilterFlags {
  readonly removeBefore?: number;
  readonly yes?: boolean;
}

export function createFilterCommand(io: CommandIo): Command {
  return new Command('filter')
    .description('keep the latest state of every entity; configured by environment variables')
    .option(
      '--remove-before <time>',
      'of a journal: remove segments that are filtered, were last written before then (ISO 8601, or 30d for thirty days ago), and hold no dead letter that was not put back',
      parseTime,
    )
    .option(...yesOption)
    .addHelpText(
      'after',
      `
Reads KAFKA_TOPIC, drops obsolete and repeated states, and writes the newer ones to KAFKA_TOPIC with .latest. Each topic of
TOPIC_RULES needs a filter of its own. Without KAFKA_BROKERS it reads the journal below DATA_DIR (./data) to
its end, appends to DATA_DIR/latest (other topics to DATA_DIR/latest.TOPIC) and ends. On Redis and RabbitMQ consumers
compare "revision" themselves.

Examples:
  KAFKA_BROKERS=localhost:9092 comapi-webhook filter
  KAFKA_BROKERS=localhost:9092 FILTER_WINDOW=48h comapi-webhook filter
  KAFKA_BROKERS=localhost:9092 KAFKA_TOPIC=comapi.messages KAFKA_DEAD_LETTER_TOPIC=comapi.events.dead-letter comapi-webhook filter
  comapi-webhook filter --remove-before 30d --yes
  comapi-webhook filter && jq -c '[.key, .headers.revision]' data/latest/*.jsonl`,
    )
    .action(async (flags: FilterFlags) => {
      const { removeBefore } = flags;
      keepNewSpaceSmall();
      // What is wrong with the store's variables is reported with everything else.
      const store = await openStore(readStoreConfig(io.env, []));
      const filter = await store.openFilter();
      if ('runOnce' in filter) {
        if (removeBefore !== undefined) {
          await confirmAction(
            `Remove segments that were last written before ${toIso(removeBefore)}`,
            flags,
            io,
          );
        }
        await runOnce(filter.runOnce, removeBefore, io);
        return;
      }
      if (removeBefore !== undefined) {
        throw new UsageError('--remove-before is for a journal: this store has a retention of its own');
      }
      const { config, unread } = loadConfig(io.env, loadFilterConfig);
      const logger = createLogger(config.logLevel, toStandardError(chooseLogStyle(config.logFormat, io)));
      logUnread(logger, unread);
      await runProcess({
        async start() {
          const { startRevisionFilter } = await import('../revision-filter.ts');
          const deps = { createFilter: filter.create, logger, clock: systemClock };
          return await startRevisionFilter(config, deps);
        },
        logger,
        shutdownTimeoutMs: config.shutdownTimeoutMs,
        signals: io.signals,
        exit: io.exit,
      });
    });
}

/** For development and small installations: nothing stays running. */
async function runOnce(
  filterTopics: RunFilterOnce,
  removeBefore: number | undefined,
  io: CommandIo,
): Promise<void> {
  const { config: read, unread } = loadConfig(io.env, loadFilterRunConfig);
  const { logLevel, logFormat, topics, ...config } = read;
  const logger = createLogger(logLevel, toStandardError(chooseLogStyle(logFormat, io)));
  logUnread(logger, unread);
  for (const done of await filterTopics({
    ...config,
    topics: listTopics(topics),
    removeBefore,
    logger,
    clock: systemClock,
  })) {
    logger.info(done, 'filtered the journal');
  }
  io.exit(exitCodes.done);
}

/**
 * The filter's state is not in V8's heap, and everything else is garbage soon. V8 would let the space for new objects grow
 * to 16 MiB and more, the memory of a hundred thousand entities. With 1 MiB the garbage is collected as quickly.
 */
function keepNewSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
