import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { loadFilterConfig, loadFilterRunConfig } from '../config/filter-config.ts';
import { readStoreConfig } from '../config/stores.ts';
import { listTopics } from '../config/topic-names.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { toIso } from '../runtime/format.ts';
import { createLogger, createStandardErrorDestination } from '../runtime/logger.ts';
import { exitCodes, runProcess } from '../runtime/run-process.ts';
import { openStore } from '../stores/open-store.ts';
import type { FilterPassRunner } from '../stores/store.ts';
import { type CommandIo, chooseLogStyle } from './command-io.ts';
import { confirmAction, yesOption } from './confirm-action.ts';
import { loadConfig, logUnusedVariables } from './load-config.ts';
import { parseTime } from './option-parsers.ts';

interface FilterFlags {
  readonly removeBefore?: number;
  readonly yes?: boolean;
}

export function createFilterCommand(io: CommandIo): Command {
  return new Command('filter')
    .description('run the revision filter, which keeps the latest state of every entity')
    .option(
      '--remove-before <time>',
      'after filtering a journal, remove segments last written before this time (ISO 8601, or 30d for thirty days ago); segments with dead letters that were not replayed are kept',
      parseTime,
    )
    .option(...yesOption)
    .addHelpText(
      'after',
      `
Configured by environment variables. Reads KAFKA_TOPIC, drops obsolete and duplicate states, and writes newer states to
the topic of the same name with ".latest" appended. Each topic in TOPIC_RULES needs its own filter. Without
KAFKA_BROKERS, the command reads the journal in DATA_DIR (./data) to its end, appends to DATA_DIR/latest (for other
topics to DATA_DIR/latest.TOPIC), and exits. Redis and RabbitMQ have no filter: consumers compare "revision" themselves.

Examples:
  KAFKA_BROKERS=localhost:9092 comapi-webhook filter
  KAFKA_BROKERS=localhost:9092 FILTER_WINDOW=48h comapi-webhook filter
  KAFKA_BROKERS=localhost:9092 KAFKA_TOPIC=comapi.messages KAFKA_DEAD_LETTER_TOPIC=comapi.events.dead-letter comapi-webhook filter
  comapi-webhook filter --remove-before 30d --yes
  comapi-webhook filter && jq -c '[.key, .headers.revision]' data/latest/*.jsonl`,
    )
    .action(async (flags: FilterFlags) => {
      const { removeBefore } = flags;
      limitYoungGeneration();
      // Problems with the store's variables are collected here and reported later with all other problems.
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
        await filterJournal(filter.runOnce, removeBefore, io);
        return;
      }
      if (removeBefore !== undefined) {
        throw new UsageError('--remove-before works only with a journal: this store has its own retention');
      }
      const { config, unused } = loadConfig(io.env, loadFilterConfig);
      const logger = createLogger(
        config.logLevel,
        createStandardErrorDestination(chooseLogStyle(config.logFormat, io)),
      );
      logUnusedVariables(logger, unused);
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

/** Filters a journal once and exits, for development and small installations. */
async function filterJournal(
  filterTopics: FilterPassRunner,
  removeBefore: number | undefined,
  io: CommandIo,
): Promise<void> {
  const { config: loaded, unused } = loadConfig(io.env, loadFilterRunConfig);
  const { logLevel, logFormat, topics, ...config } = loaded;
  const logger = createLogger(logLevel, createStandardErrorDestination(chooseLogStyle(logFormat, io)));
  logUnusedVariables(logger, unused);
  for (const topicReport of await filterTopics({
    ...config,
    topics: listTopics(topics),
    removeBefore,
    logger,
    clock: systemClock,
  })) {
    logger.info(topicReport, 'filtered the journal');
  }
  io.exit(exitCodes.done);
}

/**
 * Keeps V8's space for new objects at 1 MiB. The filter's state is outside V8's heap, and all other objects are
 * short-lived. By default, V8 would let the space grow beyond 16 MiB, enough memory for a hundred thousand entities,
 * without any gain in speed.
 */
function limitYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
