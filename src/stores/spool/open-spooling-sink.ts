import type { Registry } from 'prom-client';
import type { SpoolConfig } from '../../config/spool-config.ts';
import type { Sink } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { DirectoryKeeper, defaultProbeIntervalMs } from '../journal/directory-keeper.ts';
import { openSpool } from './spool.ts';
import { createSpoolMetrics } from './spool-metrics.ts';
import { createSpoolingSink } from './spooling-sink.ts';

export interface OpenSpoolingSinkDeps {
  readonly config: SpoolConfig;
  readonly store: Sink;
  /** For which the store takes records. */
  readonly topics: readonly { readonly events: string; readonly deadLetter: string }[];
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Puts a spool behind the sink of a store. While it cannot be opened, the store alone takes records. */
export function openSpoolingSink({
  config,
  store,
  topics,
  registry,
  clock,
  logger,
}: OpenSpoolingSinkDeps): Sink {
  const { directory, maxBytes } = config;
  const keeper = new DirectoryKeeper({
    name: 'spool',
    directory,
    variable: 'SPOOL_DIR',
    open: (signal) => openSpool({ directory, maxBytes, logger }, signal),
    retryIntervalMs: defaultProbeIntervalMs,
    consequence: ', so the store alone takes events',
    logger,
  });
  return createSpoolingSink({
    store,
    keeper,
    maxBytes,
    deadLetterTopics: new Map(topics.map(({ events, deadLetter }) => [events, deadLetter])),
    metrics: createSpoolMetrics({ registry, maxBytes, current: () => keeper.current }),
    clock,
    logger,
  });
}
