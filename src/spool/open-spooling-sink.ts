import type { Registry } from 'prom-client';
import type { SpoolConfig } from '../config/spool-config.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Sink } from '../sink/sink.ts';
import type { AbandonableSink } from './append-router.ts';
import { SpoolKeeper } from './spool-keeper.ts';
import { createSpoolMetrics } from './spool-metrics.ts';
import { SpoolingSink } from './spooling-sink.ts';

export interface OpenSpoolingSinkDeps extends SpoolConfig {
  readonly store: Sink;
  /** For which the store takes records. */
  readonly topics: readonly { readonly events: string; readonly deadLetter: string }[];
  readonly drainOnCloseMs: number;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Puts a spool before the sink of a store. When it cannot be opened, the store alone takes records until it can. */
export async function openSpoolingSink(deps: OpenSpoolingSinkDeps): Promise<Sink> {
  const { store, topics, registry } = deps;
  if (!isAbandonable(store)) {
    throw new Error('This store cannot have a spool');
  }
  const spool = new SpoolKeeper(deps);
  // What an earlier process left there must not be overtaken by the first deliveries.
  await spool.open();
  const metrics = createSpoolMetrics(registry, spool);
  return new SpoolingSink({
    ...deps,
    store,
    spool,
    topics: new Set(topics.flatMap(({ events, deadLetter }) => [events, deadLetter])),
    onDrained: metrics.drained,
  });
}

function isAbandonable(sink: Sink): sink is AbandonableSink {
  return sink.abandon !== undefined;
}
