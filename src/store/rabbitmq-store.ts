import { checkCertificates, listStoreCertificates } from '../checks/check-certificates.ts';
import type { CheckResult } from '../checks/check-result.ts';
import type { RabbitMqConfig, RabbitMqLayout } from '../config/rabbitmq-config.ts';
import { toEventTargets, toTargets } from '../rabbitmq/publish-target.ts';
import { createRabbitMqAccess, type RabbitMqAccess } from '../rabbitmq/rabbitmq-access.ts';
import { UsageError } from '../runtime/errors.ts';
import type { DeadLetterStore } from '../sink/dead-letter.ts';
import type { ReplaySource } from '../sink/event-replay.ts';
import {
  listTopicNames,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
} from '../sink/record-reader.ts';
import { openChosenDeadLetters } from './open-chosen-dead-letters.ts';
import type {
  DeadLetterPlaces,
  DeadLettersDeps,
  EnsureTopicsOptions,
  EventReplayOptions,
  SinkDeps,
  Store,
  StoreCheckDeps,
} from './store.ts';

export function createRabbitMqStore(config: RabbitMqConfig): Store {
  const { layout } = config;
  const access = createRabbitMqAccess(config);
  return {
    createSink: (deps) => createSink(access, layout, deps),
    sinkStart: { timeoutMs: 15_000, advice: '' },
    openDeadLetters: (places, deps) => openDeadLetters(access, places, deps),
    async openStoredEvents(topic) {
      const queues = toEventTargets(topic, layout).map(({ kind, name }) => {
        if (kind === 'exchange') {
          throw new UsageError(
            `what the exchange ${name} routes where is not known: set RABBITMQ_QUEUE instead of RABBITMQ_EXCHANGE to verify`,
          );
        }
        return name;
      });
      const { openRabbitMqEvents } = await import('../rabbitmq/stored-messages.ts');
      return openRabbitMqEvents(access, queues);
    },
    readRecords: (selection, options) => readRecords(access, layout, selection, options),
    eraseStates() {
      throw new UsageError(
        'RabbitMQ has no latest states: the revision filter does not run on it. A message leaves its queue with its consumer; docs/personal-data.md says what else there is',
      );
    },
    openEventReplay: (options) => openEventReplay(access, layout, options),
    describe: () => [
      ['store', `RabbitMQ ${access.describe()}`],
      ['layout', describeLayout(layout)],
    ],
    check: async ({ nowMs, ...deps }) => [
      ...checkCertificates(listStoreCertificates('RABBITMQ', config.tls), nowMs),
      ...(await checkTargets(access, layout, deps)),
    ],
    ensureTopics: (options) => ensureTopics(access, layout, options),
    async openFilter() {
      throw new UsageError(
        'the revision filter does not run on RabbitMQ: a queue has no log to restore the latest states from. A consumer compares the header "revision" with what it has stored of the entity: docs/consume/rabbitmq.md shows one',
      );
    },
  };
}

async function createSink(access: RabbitMqAccess, layout: RabbitMqLayout, deps: SinkDeps) {
  const { topics, registry, clock, logger } = deps;
  const [{ createRabbitMqSink, defaultRabbitMqSettings: settings }, { createRabbitMqMetrics }] =
    await Promise.all([import('../rabbitmq/rabbitmq-sink.ts'), import('../rabbitmq/classify-result.ts')]);
  const metrics = createRabbitMqMetrics(registry);
  return createRabbitMqSink({
    access,
    targets: toTargets(topics, layout),
    settings,
    metrics,
    clock,
    logger,
  });
}

async function openDeadLetters(
  access: RabbitMqAccess,
  places: DeadLetterPlaces,
  { topics, onNotice }: DeadLettersDeps,
): Promise<readonly DeadLetterStore[]> {
  const { openRabbitMqDeadLetters } = await import('../rabbitmq/stored-messages.ts');
  return openChosenDeadLetters(places, {
    topics,
    what: 'queue',
    open: (queue) => openRabbitMqDeadLetters({ access, queue, onNotice }),
  });
}

async function checkTargets(
  access: RabbitMqAccess,
  layout: RabbitMqLayout,
  { topics }: Pick<StoreCheckDeps, 'topics'>,
): Promise<readonly CheckResult[]> {
  const { checkRabbitMq } = await import('../checks/check-rabbitmq.ts');
  return checkRabbitMq(access, [...toTargets(topics, layout).values()].flat());
}

async function* readRecords(
  access: RabbitMqAccess,
  layout: RabbitMqLayout,
  selection: RecordSelection,
  options: ReadOptions,
): AsyncGenerator<readonly PlacedRecord[]> {
  if (selection.role === 'latest') {
    throw new UsageError('RabbitMQ has no latest states: the revision filter does not run on it');
  }
  if (selection.role === 'dead-letter') {
    const { readQueuedRecords } = await import('../rabbitmq/read-queued-records.ts');
    yield* readQueuedRecords(access, selection, options);
  } else if ('exchange' in layout) {
    const { readPublishedRecords } = await import('../rabbitmq/read-published-records.ts');
    yield* readPublishedRecords(access, selection, options);
  } else {
    throw new UsageError(
      'a queue gives each event to one consumer: what is read of it here nobody else would get. Give --dead-letters for those, look at single messages in the management interface, or let the receiver publish to an exchange (RABBITMQ_EXCHANGE), to which this command can bind a queue of its own',
    );
  }
}

async function openEventReplay(
  access: RabbitMqAccess,
  layout: RabbitMqLayout,
  { selection, to, ...options }: EventReplayOptions,
): Promise<ReplaySource> {
  const topics = listTopicNames(selection);
  if ('exchange' in layout) {
    throw new UsageError(
      `an exchange keeps nothing. Put back what a queue keeps that is bound to it: set RABBITMQ_QUEUE to that queue instead of RABBITMQ_EXCHANGE, and give --to`,
    );
  }
  if (to === undefined || topics.includes(to)) {
    throw new UsageError(
      `a queue has an event until a consumer has taken it: what waits in ${topics.join(', ')} needs no putting back, and what was taken is gone. Give --to with another queue to move there what waits`,
    );
  }
  const { openQueueEventReplay } = await import('../rabbitmq/queue-event-replay.ts');
  const queues = topics.flatMap((topic) =>
    toEventTargets(topic, layout).map(({ name: queue }) => ({ topic, queue })),
  );
  return openQueueEventReplay({ ...options, access, selection, queues });
}

async function ensureTopics(access: RabbitMqAccess, layout: RabbitMqLayout, options: EnsureTopicsOptions) {
  const { ensureQueues } = await import('../rabbitmq/ensure-queues.ts');
  const deadLetters = new Set(options.names.map(({ deadLetter }) => deadLetter));
  const wanted = [...toTargets(options.names, layout)].flatMap(([topic, targets]) =>
    targets.map((target) => ({
      target,
      role: deadLetters.has(topic) ? ('dead-letter' as const) : ('events' as const),
    })),
  );
  return ensureQueues({ ...options, access, wanted });
}

function describeLayout(layout: RabbitMqLayout): string {
  if ('exchange' in layout) {
    return 'an exchange, which routes by the key';
  }
  return layout.queueCount === 1 ? 'one queue' : `${layout.queueCount} queues, by murmur2 of the key`;
}
