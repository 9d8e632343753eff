import { type Certificate, checkCertificates } from '../checks/check-certificates.ts';
import { checkKafkaLogin } from '../checks/check-kafka-login.ts';
import type { Compression, KafkaConfig } from '../config/kafka-config.ts';
import type { KafkaSaslConfig } from '../config/kafka-sasl-config.ts';
import type { Pem } from '../config/pem.ts';
import { createKafkaAccess, type KafkaAccess } from '../kafka/kafkajs/kafka-access.ts';
import { UsageError } from '../runtime/usage-error.ts';
import type { DeadLetterStore } from '../sink/dead-letter-store.ts';
import type { DeadLetterPlaces, DeadLettersDeps, EnsureTopicsOptions, SinkDeps, Store } from './store.ts';

export function createKafkaStore(config: KafkaConfig): Store {
  const connection = createKafkaAccess(config.connection);
  const { compression } = config;
  return {
    createSink: (deps) => createSink(connection, compression, deps),
    sinkStart: { timeoutMs: 15_000, advice: '' },
    openDeadLetters: (places, deps) => openDeadLetters(connection, places, deps),
    async openStoredEvents(topic, logger) {
      const { openKafkaEvents } = await import('../kafka/read/open-kafka-events.ts');
      return openKafkaEvents({ connection, topic, logger });
    },
    describe: (topics) => [
      ['store', `Kafka ${connection.brokers.join(', ')}`],
      ['connection', describeConnection(config)],
      ['compression', compression],
      ['latest state', [...new Set(topics.map(({ latest }) => latest))].join(', ')],
    ],
    async check({ nowMs, ...deps }) {
      const { checkTopics } = await import('../checks/check-topics.ts');
      return [
        ...checkCertificates(listCertificates(config), nowMs),
        ...checkKafkaLogin(config.connection),
        ...(await checkTopics({ connection, ...deps })),
      ];
    },
    ensureTopics: (options) => ensureTopics(connection, options),
    async openFilterStore(deps) {
      const { createFilterKafka } = await import('../kafka/filter/filter-kafka.ts');
      return createFilterKafka({ ...deps, connection, compressor: await loadCompressor(compression) });
    },
  };
}

async function createSink(
  connection: KafkaAccess,
  compression: Compression,
  { topics, maxBodyBytes, registry, ...deps }: SinkDeps,
) {
  const [{ createKafkaSink }, { expectTopics }, { createKafkaSinkMetrics }] = await Promise.all([
    import('../kafka/produce/kafka-sink.ts'),
    import('../kafka/topics/expect-topics.ts'),
    import('../kafka/produce/kafka-sink-metrics.ts'),
  ]);
  return createKafkaSink({
    connection,
    compressor: await loadCompressor(compression),
    topics: expectTopics(
      topics.map(({ events, deadLetter }) => ({ events, deadLetter })),
      maxBodyBytes,
    ),
    metrics: createKafkaSinkMetrics(registry),
    ...deps,
  });
}

/** The codecs are loaded when one is used. */
async function loadCompressor(compression: Compression) {
  if (compression === 'none') {
    return undefined;
  }
  const { compressors } = await import('../kafka/wire/compressor.ts');
  return compressors[compression];
}

async function openDeadLetters(
  connection: KafkaAccess,
  { topic, partition, offset }: DeadLetterPlaces,
  { topics, group, dryRun, logger, onNotice }: DeadLettersDeps,
): Promise<readonly DeadLetterStore[]> {
  const chosen = topics.filter((name) => topic === undefined || name === topic);
  if (chosen.length === 0) {
    throw new UsageError(
      `${topic} is not a dead-letter topic of this configuration: it has ${topics.join(', ')}`,
    );
  }
  const { createCommandKafka } = await import('../kafka/kafkajs/create-command-kafka.ts');
  const { openKafkaDeadLetters } = await import('../kafka/read/kafka-dead-letters.ts');
  const { verifyGroup } = await import('../kafka/read/verify-group.ts');
  const stores: DeadLetterStore[] = [];
  for (const name of chosen) {
    const opening = openKafkaDeadLetters({
      kafka: createCommandKafka(connection, logger),
      topic: name,
      groupId: group,
      dryRun,
      only: partition === undefined ? undefined : { partition, offset },
      verifyGroup: (groupId) => verifyGroup(groupId, { connection, logger }),
      onNotice,
    });
    stores.push(await explainFailure(opening, connection.brokers));
  }
  return stores;
}

async function ensureTopics(connection: KafkaAccess, options: EnsureTopicsOptions) {
  const { ensureTopics: ensureKafkaTopics } = await import('../kafka/topics/ensure-topics.ts');
  return explainFailure(ensureKafkaTopics({ connection, ...options }), connection.brokers);
}

/** Errors become sentences for the operator. */
async function explainFailure<T>(work: Promise<T>, brokers: readonly string[]): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { describeKafkaFailure } = await import('../kafka/errors/describe-kafka-failure.ts');
    throw new Error(describeKafkaFailure(error, brokers), { cause: error });
  }
}

function describeConnection({ connection: { tls, sasl, clientId } }: KafkaConfig): string {
  return `${tls === undefined ? 'no TLS' : 'TLS'}, ${describeLogin(sasl)}, client ${clientId}`;
}

function describeLogin(sasl: KafkaSaslConfig | undefined): string {
  if (sasl === undefined) {
    return 'no SASL';
  }
  if (sasl.mechanism !== 'oauthbearer') {
    return `SASL ${sasl.mechanism} as ${sasl.username}`;
  }
  const { oauth } = sasl;
  const who = oauth.provider === 'client-credentials' ? ` as ${oauth.clientId}` : '';
  return `SASL oauthbearer by ${oauth.provider}${who}`;
}

function listCertificates({ connection: { tls = {} } }: KafkaConfig): Certificate[] {
  const { ca, cert, key, keyPassphrase: passphrase } = tls;
  return [
    ...(ca === undefined ? [] : [{ variable: toVariable('KAFKA_TLS_CA', ca), cert: ca }]),
    ...(cert === undefined ? [] : [{ variable: toVariable('KAFKA_TLS_CERT', cert), cert, key, passphrase }]),
  ];
}

function toVariable(name: string, pem: Pem): string {
  return 'file' in pem ? `${name}_FILE` : name;
}
