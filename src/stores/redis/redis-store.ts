import { checkCertificates, listStoreCertificates } from '../../config/check-certificates.ts';
import type { RedisConfig } from '../../config/redis-config.ts';
import type { CheckResult } from '../../ports/check-result.ts';
import type { DeadLetterStore } from '../../ports/dead-letter.ts';
import type { ReadOptions, RecordSelection, StoredRecord } from '../../ports/record-reader.ts';
import { describeError, UsageError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { createReplayedFinder, openDeadLettersOf } from '../open-dead-letters.ts';
import type { DeadLettersDeps, EnsureTopicsOptions, SinkDeps, Store, StoreCheckDeps } from '../store.ts';
import { describeRedisUrl } from './redis-access.ts';
import { ensureStreams, listStreams } from './topic-streams.ts';

const unsupportedByRedis = {
  forget:
    'Redis has no latest states to erase, because the revision filter does not run on Redis. Events stay in their streams until they are trimmed or deleted with XDEL. See docs/personal-data.md',
  filter:
    'the revision filter supports Kafka and the journal, but not Redis. Compare the field "revision" in the consumer instead: docs/consume/README.md#redis shows how',
} satisfies Store['cannot'];

export function createRedisStore(config: RedisConfig): Store {
  const { streamCount, replicas, memoryOnly, tls } = config;
  const server = describeRedisUrl(config);
  return {
    cannot: unsupportedByRedis,
    createSink: (deps) => createConfiguredSink(config, server, deps),
    sinkStart: { timeoutMs: 15_000, advice: '' },
    openDeadLetters: (deps) => addServerToErrors(server, openDeadLetters(config, deps)),
    findReplayed: createReplayedFinder((deps) => addServerToErrors(server, openDeadLetters(config, deps))),
    readRecords: (selection, options) => readRecords(config, server, selection, options),
    eraseStates() {
      throw new UsageError(unsupportedByRedis.forget);
    },
    describe: () => [
      ['store', `Redis ${server}`],
      [
        'streams',
        streamCount === 1 ? 'one' : `the murmur2 hash of the key selects one of ${streamCount} streams`,
      ],
      [
        'stored means',
        memoryOnly
          ? `the record is on disk if the server has an append-only file, otherwise in memory, and ${formatCount(replicas, 'replica')} confirmed it`
          : `the record is on the disks of the server and of ${formatCount(replicas, 'replica')}`,
      ],
      ...(tls.allowAnyCertificate ? [['TLS', 'any certificate is accepted'] as const] : []),
    ],
    check: async (deps) => [
      ...checkCertificates(listStoreCertificates(config.tls), deps.nowMs),
      ...(await checkServer(config, server, deps)),
    ],
    ensureTopics: (options) => addServerToErrors(server, ensureTopics(config, options)),
    async openFilter() {
      throw new UsageError(unsupportedByRedis.filter);
    },
  };
}

async function createConfiguredSink(config: RedisConfig, server: string, deps: SinkDeps) {
  const { topics, maxBodyBytes, registry, clock, logger, sampler } = deps;
  const [{ createRedisSink, createRedisMetrics }, { defaultRedisSettings: settings }] = await Promise.all([
    import('./redis-sink.ts'),
    import('./redis-connection.ts'),
  ]);
  return createRedisSink({
    config,
    server,
    topics: listStreams(topics, config.streamCount),
    pairs: topics,
    maxBodyBytes,
    settings,
    clock,
    logger,
    metrics: createRedisMetrics(registry),
    sampler,
  });
}

async function openDeadLetters(
  config: RedisConfig,
  { topics, ...deps }: DeadLettersDeps,
): Promise<readonly DeadLetterStore[]> {
  const { openRedisDeadLetters } = await import('./redis-dead-letters.ts');
  return openDeadLettersOf(topics, (stream, selection) =>
    openRedisDeadLetters({ ...deps, config, stream, selection }),
  );
}

function ensureTopics(config: RedisConfig, { names, maxBodyBytes, dryRun }: EnsureTopicsOptions) {
  return ensureStreams({
    config,
    dryRun,
    topics: listStreams(names, config.streamCount),
    expected: { ...config, maxBodyBytes },
  });
}

async function checkServer(
  config: RedisConfig,
  server: string,
  deps: StoreCheckDeps,
): Promise<readonly CheckResult[]> {
  const { describeServer } = await import('./redis-server-info.ts');
  const { validateRedisServer } = await import('./validate-redis-server.ts');
  const topics = listStreams(deps.topics, config.streamCount);
  try {
    const serverDescription = await describeServer(
      config,
      topics.flatMap(({ streams }) => streams),
    );
    const { facts, settings, lengths } = serverDescription;
    const { findings, unchecked } = validateRedisServer(
      { ...config, maxBodyBytes: deps.maxBodyBytes },
      serverDescription,
    );
    const fsyncText = settings === undefined ? '' : `, appendfsync ${settings.appendfsync}`;
    return [
      {
        area: 'store',
        verdict: 'ok',
        text: `Redis (${server}) is reachable: ${facts?.name ?? 'unknown version'}${fsyncText}`,
      },
      ...findings.map(({ verdict, message }) => ({
        area: 'store' as const,
        verdict,
        text: message.replace(/\.$/, ''),
      })),
      ...unchecked.map((text) => ({
        area: 'store' as const,
        verdict: 'ok' as const,
        text: text.replace(/\.$/, ''),
      })),
      ...topics.map(({ topic, streams }) => ({
        area: 'topics' as const,
        verdict: 'ok' as const,
        text: `${topic}: ${streams.map((stream) => describeLength(stream, lengths.get(stream))).join(', ')}`,
      })),
    ];
  } catch (error) {
    return [
      { area: 'store', verdict: 'error', text: `Redis (${server}) cannot be used: ${describeError(error)}` },
    ];
  }
}

function describeLength(stream: string, entries: number | undefined): string {
  return entries === undefined
    ? `${stream} is created with its first entry`
    : `${stream} has ${formatCount(entries, 'entry', 'entries')}`;
}

async function* readRecords(
  config: RedisConfig,
  server: string,
  selection: RecordSelection,
  options: ReadOptions,
): AsyncGenerator<readonly StoredRecord[]> {
  if (selection.role === 'latest') {
    throw new UsageError('Redis has no latest states, because the revision filter does not run on Redis');
  }
  const { readRedisRecords } = await import('./read-redis-records.ts');
  yield* addServerToStreamErrors(server, readRedisRecords(config, selection, options));
}

/** Adds the address of the server to error messages. */
async function addServerToErrors<T>(server: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw addServerToError(server, error);
  }
}

async function* addServerToStreamErrors<T>(server: string, source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    throw addServerToError(server, error);
  }
}

function addServerToError(server: string, error: unknown): unknown {
  return error instanceof UsageError
    ? error
    : new Error(`Redis (${server}): ${describeError(error)}`, { cause: error });
}
