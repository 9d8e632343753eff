import { checkCertificates, listStoreCertificates } from '../../config/check-certificates.ts';
import type { RabbitMqConfig, RabbitMqLayout } from '../../config/rabbitmq-config.ts';
import type { CheckResult } from '../../ports/check-result.ts';
import type { DeadLetterStore } from '../../ports/dead-letter.ts';
import type { ReadOptions, RecordSelection, StoredRecord } from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { openDeadLettersOf } from '../open-dead-letters.ts';
import type { DeadLettersDeps, EnsureTopicsOptions, SinkDeps, Store, StoreCheckDeps } from '../store.ts';
import { toTargets } from './publish-target.ts';
import { createRabbitMqAccess, type RabbitMqAccess } from './rabbitmq-access.ts';

const unsupportedByRabbitMq = {
  events:
    'RabbitMQ delivers each event to only one consumer, so reading events here would take them from your consumers. Use --dead-letters to read dead letters, inspect single messages in the management interface, or read a stream that is bound to the exchange (RABBITMQ_EXCHANGE)',
  readBack:
    'RabbitMQ delivers a message to only one consumer, so reading the message back would take it from that consumer',
  forget:
    'RabbitMQ has no latest states to erase, because the revision filter does not run on RabbitMQ. Messages leave their queues when they are consumed. See docs/personal-data.md',
  filter:
    'the revision filter does not support RabbitMQ, because a queue has no log to restore the latest states from. Compare the header "revision" in the consumer instead: docs/consume/README.md#rabbitmq shows how',
} satisfies Store['cannot'];

export function createRabbitMqStore(config: RabbitMqConfig): Store {
  const { layout } = config;
  const access = createRabbitMqAccess(config);
  return {
    cannot: unsupportedByRabbitMq,
    createSink: (deps) => createConfiguredSink(access, layout, deps),
    sinkStart: { timeoutMs: 15_000, advice: '' },
    openDeadLetters: (deps) => openDeadLetters(access, deps),
    // `replay` removes a dead letter from its queue, so the remaining dead letters have not been replayed.
    findReplayed: async () => new Set(),
    readRecords: (selection, options) => readRecords(access, selection, options),
    eraseStates() {
      throw new UsageError(unsupportedByRabbitMq.forget);
    },
    describe: () => [
      ['store', `RabbitMQ ${access.describe()}`],
      ['layout', describeLayout(layout)],
    ],
    check: async ({ nowMs, ...deps }) => [
      ...checkCertificates(listStoreCertificates(config.tls), nowMs),
      ...(await checkTargets(access, layout, deps)),
    ],
    ensureTopics: (options) => ensureTopics(access, layout, options),
    async openFilter() {
      throw new UsageError(unsupportedByRabbitMq.filter);
    },
  };
}

async function createConfiguredSink(access: RabbitMqAccess, layout: RabbitMqLayout, deps: SinkDeps) {
  const { topics, registry, clock, logger } = deps;
  const [{ createRabbitMqSink, defaultRabbitMqSettings: settings }, { createRabbitMqMetrics }] =
    await Promise.all([import('./rabbitmq-sink.ts'), import('./classify-result.ts')]);
  const metrics = createRabbitMqMetrics(registry);
  return createRabbitMqSink({
    access,
    targets: toTargets(topics, layout),
    pairs: topics,
    settings,
    metrics,
    clock,
    logger,
  });
}

async function openDeadLetters(
  access: RabbitMqAccess,
  { topics, observer }: DeadLettersDeps,
): Promise<readonly DeadLetterStore[]> {
  const { openRabbitMqDeadLetters } = await import('./rabbitmq-dead-letters.ts');
  return openDeadLettersOf(topics, (queue) => openRabbitMqDeadLetters(access, queue, observer));
}

async function checkTargets(
  access: RabbitMqAccess,
  layout: RabbitMqLayout,
  { topics }: Pick<StoreCheckDeps, 'topics'>,
): Promise<readonly CheckResult[]> {
  const { checkRabbitMq } = await import('./check-rabbitmq.ts');
  return checkRabbitMq(access, [...toTargets(topics, layout).values()].flat());
}

async function* readRecords(
  access: RabbitMqAccess,
  selection: RecordSelection,
  options: ReadOptions,
): AsyncGenerator<readonly StoredRecord[]> {
  if (selection.role === 'latest') {
    throw new UsageError(
      'RabbitMQ has no latest states, because the revision filter does not run on RabbitMQ',
    );
  }
  if (selection.role === 'events') {
    throw new UsageError(unsupportedByRabbitMq.events);
  }
  const { readQueuedRecords } = await import('./rabbitmq-dead-letters.ts');
  yield* readQueuedRecords(access, selection, options);
}

async function ensureTopics(access: RabbitMqAccess, layout: RabbitMqLayout, options: EnsureTopicsOptions) {
  const { ensureQueues } = await import('./ensure-queues.ts');
  const deadLetters = new Set(options.names.map(({ deadLetter }) => deadLetter));
  const wantedTargets = [...toTargets(options.names, layout)].flatMap(([topic, targets]) =>
    targets.map((target) => ({
      target,
      role: deadLetters.has(topic) ? ('dead-letter' as const) : ('events' as const),
    })),
  );
  return ensureQueues({ ...options, access, wanted: wantedTargets });
}

function describeLayout(layout: RabbitMqLayout): string {
  if ('exchange' in layout) {
    return 'an exchange routes each event by its key';
  }
  return layout.queueCount === 1
    ? 'one queue'
    : `the murmur2 hash of the key selects one of ${layout.queueCount} queues`;
}
