import { type Certificate, checkCertificates } from '../../config/check-certificates.ts';
import type { Compression, KafkaConfig } from '../../config/kafka-config.ts';
import type { KafkaSaslConfig } from '../../config/kafka-sasl-config.ts';
import { herokuTlsVariables } from '../../config/kafka-tls-config.ts';
import type { Pem } from '../../config/read-text-file.ts';
import { storeTlsVariables } from '../../config/store-tls.ts';
import type { DeadLetterStore } from '../../ports/dead-letter.ts';
import { createReplayedFinder, openDeadLettersOf } from '../open-dead-letters.ts';
import type { DeadLettersDeps, EnsureTopicsOptions, SinkDeps, Store } from '../store.ts';
import { createKafkaAccess, type KafkaAccess } from './cluster/kafkajs/connection-options.ts';
import type { FilterSettings } from './consume/filter/kafka-filter.ts';

export const defaultFilterSettings: FilterSettings = {
  sessionTimeoutMs: 30_000,
  commitIntervalMs: 100,
  transactionTimeoutMs: 30_000,
};

export function createKafkaStore(config: KafkaConfig, filterSettings = defaultFilterSettings): Store {
  const connection = createKafkaAccess(config.connection);
  const { compression } = config;
  return {
    cannot: {},
    createSink: (deps) => createConfiguredSink(config, connection, deps),
    sinkStart: { timeoutMs: 15_000, advice: '' },
    async openForecast(topics, logger) {
      const { openRejectionForecast: openForecast } = await import('./produce/rejection-forecast.ts');
      return openForecast(topics, { connection, logger, compressor: await loadCompressor(compression) });
    },
    openDeadLetters: (deps) => openDeadLetters(connection, deps),
    findReplayed: createReplayedFinder((deps) => openDeadLetters(connection, deps)),
    async *readRecords(selection, { follow, signal, observer, logger }) {
      const { readKafkaRecords } = await import('./consume/read-kafka-records.ts');
      yield* readKafkaRecords({ connection, logger }, selection, { follow, signal, observer });
    },
    async *eraseStates(request, logger) {
      const { eraseKafkaStates } = await import('./consume/erase-kafka-states.ts');
      yield* eraseKafkaStates({ connection, logger }, request);
    },
    describe: (topics) => [
      ['store', `Kafka ${connection.brokers.join(', ')}`],
      ['connection', describeConnection(config)],
      ['compression', compression],
      ['latest state', [...new Set(topics.map(({ latest }) => latest))].join(', ')],
    ],
    async check({ topics, maxBodyBytes, windowMs, nowMs, logger }) {
      const { checkTopics } = await import('./check-topics.ts');
      return [
        ...checkCertificates(listCertificates(config), nowMs),
        ...(await checkTopics({ connection, topics, maxBodyBytes, windowMs, logger })),
      ];
    },
    ensureTopics: (options) => ensureTopics(connection, options),
    async openFilter() {
      const [{ createKafkaFilter }, { createThrottledSeconds }, compressor] = await Promise.all([
        import('./consume/filter/kafka-filter.ts'),
        import('./produce/kafka-sink-metrics.ts'),
        loadCompressor(compression),
      ]);
      return {
        create({ rules, observer, registry, clock, logger }) {
          const throttledSeconds = createThrottledSeconds(registry);
          return createKafkaFilter({
            connection,
            compressor,
            rules,
            settings: filterSettings,
            observer,
            clock,
            logger,
            onThrottle: (broker, seconds) => throttledSeconds.inc({ broker: broker ?? 'unknown' }, seconds),
          });
        },
      };
    },
  };
}

async function createConfiguredSink(
  { compression }: KafkaConfig,
  connection: KafkaAccess,
  { topics, maxBodyBytes, registry, sampler, clock, logger }: SinkDeps,
) {
  const [
    { createKafkaSink, defaultProduceSettings: settings },
    { createProduceConnection },
    { createBrokerConnection },
    { createClusterReader },
    { createExpectedTopics: expectTopics },
    { createKafkaSinkMetrics },
    compressor,
  ] = await Promise.all([
    import('./produce/kafka-sink.ts'),
    import('./produce/broker-lane.ts'),
    import('./cluster/broker-connection.ts'),
    import('./cluster/cluster-reader.ts'),
    import('./cluster/topics/expected-topics.ts'),
    import('./produce/kafka-sink-metrics.ts'),
    loadCompressor(compression),
  ]);
  const expectedTopics = expectTopics(
    topics.map(({ events, deadLetter }) => ({ events, deadLetter })),
    maxBodyBytes,
  );
  const sampleAnswer =
    sampler &&
    (await import('./consume/read-back.ts')).createAnswerSampler({
      clock,
      logger,
      connection,
      topics: expectedTopics.map(({ topic }) => topic),
      sampler,
    });
  return createKafkaSink({
    openConnection: (address) =>
      createProduceConnection({ address, connection, settings, compressor, sampleAnswer, logger }),
    reader: createClusterReader({
      bootstrap: connection.brokers,
      openConnection: (address) => createBrokerConnection({ address, connection, settings, logger }),
      hedgeMs: settings.hedgeMs,
    }),
    topics: expectedTopics,
    pairs: topics,
    settings,
    clock,
    metrics: createKafkaSinkMetrics(registry),
    logger,
  });
}

/** Loads the codec module only if compression is configured. */
async function loadCompressor(compression: Compression) {
  if (compression === 'none') {
    return undefined;
  }
  const { compressors } = await import('./wire/compression.ts');
  return compressors[compression];
}

async function openDeadLetters(
  connection: KafkaAccess,
  { topics, group: groupId, dryRun, signal, observer, logger }: DeadLettersDeps,
): Promise<readonly DeadLetterStore[]> {
  const { openKafkaDeadLetters } = await import('./consume/kafka-dead-letters.ts');
  return openDeadLettersOf(topics, (topic, selection) =>
    openKafkaDeadLetters({ connection, topic, selection, groupId, dryRun, signal, observer, logger }),
  );
}

async function ensureTopics(connection: KafkaAccess, options: EnsureTopicsOptions) {
  const [{ ensureTopics: ensureKafkaTopics }, { describeKafkaFailure }] = await Promise.all([
    import('./cluster/topics/ensure-topics.ts'),
    import('./cluster/errors/describe-kafka-failure.ts'),
  ]);
  try {
    return await ensureKafkaTopics({ connection, ...options });
  } catch (error) {
    throw new Error(describeKafkaFailure(error, connection.brokers), { cause: error });
  }
}

function describeConnection({ connection: { tls, sasl } }: KafkaConfig): string {
  return `${tls === undefined ? 'no TLS' : 'TLS'}, ${describeLogin(sasl)}`;
}

function describeLogin(sasl: KafkaSaslConfig | undefined): string {
  if (sasl === undefined) {
    return 'no SASL';
  }
  if (sasl.mechanism !== 'oauthbearer') {
    return `SASL ${sasl.mechanism} as ${sasl.username}`;
  }
  const { oauth } = sasl;
  return oauth.provider === 'client-credentials'
    ? `SASL oauthbearer as ${oauth.clientId}, token provider ${oauth.provider}`
    : `SASL oauthbearer, token provider ${oauth.provider}`;
}

function listCertificates({ connection: { tls = {} } }: KafkaConfig): Certificate[] {
  const { ca, cert, key } = tls;
  return [
    ...(ca === undefined ? [] : [{ variable: toVariable('ca', ca), cert: ca }]),
    ...(cert === undefined ? [] : [{ variable: toVariable('cert', cert), cert, key }]),
  ];
}

/**
 * Returns the name of the variable that contains or names the PEM data. Only Heroku's variables contain PEM data as
 * text.
 */
function toVariable(field: 'ca' | 'cert', pem: Pem): string {
  return 'text' in pem ? herokuTlsVariables[field].name : storeTlsVariables[`${field}File`].name;
}
