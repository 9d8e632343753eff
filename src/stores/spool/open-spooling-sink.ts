import type { Registry } from 'prom-client';
import type { SpoolConfig } from '../../config/spool-config.ts';
import { type Sink, SinkError } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createMetricFactory } from '../../runtime/metric-factory.ts';
import { within } from '../../runtime/within.ts';
import type { AbandonableSink } from './append-router.ts';
import { holdsRecords } from './find-spooled.ts';
import type { DrainedCounts } from './send-chunk.ts';
import { SpoolKeeper } from './spool-keeper.ts';
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
export function openSpoolingSink(deps: OpenSpoolingSinkDeps): Sink {
  const { store, topics, registry } = deps;
  if (!isAbandonable(store)) {
    throw new Error('This store cannot have a spool');
  }
  const spool = new SpoolKeeper(deps);
  const metrics = createSpoolMetrics(registry, spool);
  const sink = new SpoolingSink({
    ...deps,
    store,
    spool,
    topics: new Set(topics.flatMap(({ events, deadLetter }) => [events, deadLetter])),
    eventTopics: topics.map(({ events }) => events),
    onDrained: metrics.drained,
  });
  return holdUntilOpened(sink, { ...deps, spool });
}

function isAbandonable(sink: Sink): sink is AbandonableSink {
  return sink.abandon !== undefined && sink.partitionCount !== undefined && sink.problemOf !== undefined;
}

export interface SpoolMetrics {
  drained(counts: DrainedCounts): void;
}

const prefix = 'comapi_webhook_spool_';

export function createSpoolMetrics(registry: Registry, spool: SpoolKeeper): SpoolMetrics {
  const { collectedGauge, counter } = createMetricFactory(registry, prefix);
  const read = (name: string, help: string, value: () => number) =>
    collectedGauge(name, help, (gauge) => gauge.set(value()));

  read('up', '1 while the spool takes records; 0 when it is not open, cannot be written or is full.', () =>
    spool.problem === undefined ? 1 : 0,
  );
  read('records', 'Records on this disk that the store does not have yet.', () => spool.records);
  read('bytes', 'Size of the files of the spool, drained parts included.', () => spool.bytes);
  read('limit_bytes', 'Size of the files at which the spool takes nothing more.', () => spool.maxBytes);
  read(
    'oldest_timestamp_seconds',
    'When the oldest record of the spool was received; 0 while the spool is empty.',
    () => Date.parse(spool.oldestReceivedAt ?? '1970-01-01') / 1000,
  );
  read(
    'left_behind',
    'Partitions, streams or queues of the store whose records wait because it does not take them, while others may be drained.',
    () => Array.from(spool.backlog).filter(({ problem }) => problem !== undefined).length,
  );
  read(
    'set_aside_records',
    'Records that the store can never take. They are in set-aside.jsonl, and somebody has to look at them.',
    () => spool.setAsideRecords,
  );
  const records = counter(
    'drained_records_total',
    'Records that went from the spool to the store: stored, or dead_lettered because the store rejected them.',
    ['outcome'],
  );
  records.inc({ outcome: 'stored' }, 0);
  records.inc({ outcome: 'dead_lettered' }, 0);
  return {
    drained({ stored, deadLettered }) {
      records.inc({ outcome: 'stored' }, stored);
      records.inc({ outcome: 'dead_lettered' }, deadLettered);
    },
  };
}

interface HoldDeps {
  readonly store: Pick<Sink, 'health'>;
  readonly spool: Pick<SpoolKeeper, 'directory' | 'tried'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opening takes less, unless the machine is slow or somebody else has the directory. */
const lookMs = 1_000;
/** A directory that somebody else has is taken over, or known as in use, after ten seconds. What lasts longer hangs. */
const maxHoldMs = 15_000;

const detail = 'the spool is not open yet, and may hold records that come before later ones';

/**
 * What an earlier process left in the spool must not be overtaken by the first deliveries. So until the first attempt to open
 * it has ended, appends wait. When that takes long and the directory shows that it holds nothing, a store that is up takes
 * them. A directory that hangs counts as one that cannot be opened after a while.
 */
export function holdUntilOpened(
  sink: Sink & Required<Pick<Sink, 'status'>>,
  { store, spool, clock, logger }: HoldDeps,
): Sink {
  const known = Promise.withResolvers<void>();
  let isHeld = true;
  const timers: NodeJS.Timeout[] = [];

  function letGo(): void {
    timers.forEach(clearTimeout);
    isHeld = false;
    known.resolve();
  }

  async function letGoIfEmpty(): Promise<void> {
    if (store.health().up && !(await holdsRecords(spool.directory))) {
      letGo();
    } else if (isHeld) {
      look();
    }
  }

  function look(): void {
    // What cannot be seen is found out by the attempt to open it.
    after(lookMs, () => void letGoIfEmpty().catch(() => {}));
  }

  function after(ms: number, work: () => void): void {
    timers.push(setTimeout(work, ms).unref());
  }

  return {
    start() {
      void spool.tried.then(letGo);
      look();
      after(maxHoldMs, () => {
        const { directory } = spool;
        logger.error({ directory }, 'the spool does not open, so the store alone takes events');
        letGo();
      });
      return sink.start();
    },
    async append(records, deadline, deadLetters) {
      if (isHeld) {
        const toHeld = () => new SinkError('sink_unavailable', detail);
        await within(known.promise, Math.max(0, deadline - clock.now()), toHeld);
      }
      return sink.append(records, deadline, deadLetters);
    },
    health: () => (isHeld ? { up: false, detail } : sink.health()),
    status: () => sink.status(),
    async close() {
      letGo();
      await sink.close();
    },
  };
}
