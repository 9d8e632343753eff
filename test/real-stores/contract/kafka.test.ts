import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestFilter, whenFiltered } from '../../support/filter/test-filter.ts';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { readTopic } from '../../support/kafka/read-topic.ts';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { createTopic, withAdmin } from '../../support/kafka/topics.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { describeStore } from './describe-store.ts';
import {
  createCutting,
  type Place,
  type ServedStore,
  type TestEnv,
  type WrongSetting,
} from './served-store.ts';

const parts = 3;
/**
 * The password contains no space, because the tool with which Kafka 3.6 stores passwords would truncate it at a space.
 */
const user = { username: 'receiver', password: 'correct-horse' };
/** Number of bytes that a connection transfers for the TLS handshake, the login and the requests about the cluster. */
const openingBytes = 11_000;

async function open(): Promise<ServedStore> {
  const cutting = createCutting(openingBytes);
  const cluster = await startKafkaCluster({
    nodes: 3,
    tls: true,
    sasl: user,
    brokerConfig: { 'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256' },
    advertiseAs: { SASL_TLS: async ({ port }) => `127.0.0.1:${(await cutting.before(port)).port}` },
  });
  const bootstrap = cluster.internalBootstrap;
  const directory = await mkdtemp(join(tmpdir(), 'another-authority-'));
  const { caFile: anotherCa } = await createTestCertificates(directory);
  const eachBroker = (work: (broker: (typeof cluster.brokers)[number]) => unknown) =>
    Promise.all(cluster.brokers.map(work));
  const startAll = async () => {
    await eachBroker((broker) => broker.start());
    await cluster.whenReady();
  };

  function namePlace(): Place {
    const events = `events-${randomUUID().slice(0, 8)}`;
    const deadLetter = `${events}.dead-letter`;
    const env = {
      ...{ KAFKA_BROKERS: cutting.addresses().join(), KAFKA_TOPIC: events },
      MANAGEMENT_PORT: '0',
      ...{ KAFKA_TLS: 'true', STORE_TLS_CA_FILE: cluster.certificates?.caFile ?? '' },
      ...{ KAFKA_SASL_MECHANISM: 'scram-sha-256', KAFKA_SASL_USERNAME: user.username },
      KAFKA_SASL_PASSWORD: user.password,
    };
    return { env, events, deadLetter };
  }
  return {
    parts,
    password: user.password,
    tooLargeBytes: 150_000,
    wrongSettings: listWrongSettings(cluster, anotherCa),
    nowhere: { KAFKA_BROKERS: '127.0.0.1:1' },
    faults: {
      'is killed': { begin: () => eachBroker((broker) => broker.kill9()), end: startAll },
      hangs: {
        begin: () => eachBroker((broker) => broker.pause()),
        end: () => eachBroker((broker) => broker.resume()),
      },
      'has its connections cut': cutting.fault,
    },
    namePlace,
    async createPlace() {
      const place = namePlace();
      // Each broker leads one partition, and each partition has only this one replica.
      const replicasOf = (topic: string) => (partition: number) => [
        topic === place.events ? 3 - partition : 1 + partition,
      ];
      const create = (topic: string, configs: Record<string, string>, partitions = parts) =>
        createTopic(bootstrap, topic, {
          ...{ partitions, replicas: replicasOf(topic) },
          configs: { 'min.insync.replicas': '1', ...configs },
        });
      await create(place.events, { 'max.message.bytes': '100000' });
      await create(`${place.events}.latest`, { 'cleanup.policy': 'compact' });
      await create(`${place.events}.reconciled`, {});
      await create(place.deadLetter, {}, 1);
      return place;
    },
    read: (_, topic) => readTopic({ bootstrap, topic }),
    spoilPart: () => ({ begin: async () => cluster.brokers[2]?.kill9(), end: startAll }),
    removeEvents: ({ events: topic }) =>
      waitUntil(
        () =>
          withAdmin(bootstrap, async (admin) => {
            // This call loads the metadata in which kafkajs looks up leaders. A new leader may not respond yet.
            const partitions = await admin.fetchTopicOffsets(topic);
            await admin.deleteTopicRecords({
              topic,
              partitions: partitions.map(({ partition }) => ({ partition, offset: '-1' })),
            });
            return true;
          }),
        { timeoutMs: 20_000, what: `the records of ${topic} are removed` },
      ),
    async filter({ env }, count) {
      const filter = await startTestFilter(env);
      await whenFiltered(filter, count);
      await filter.stop();
    },
    async stop() {
      await cutting.close();
      await cluster.stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** Lists incorrect settings for a cluster that requires TLS and a login. */
function listWrongSettings(cluster: KafkaCluster, anotherCa: string): WrongSetting[] {
  const { bootstrap, tlsBootstrap = '', saslBootstrap = '', saslTlsBootstrap = '' } = cluster;
  const noTls = { KAFKA_TLS: '', STORE_TLS_CA_FILE: '', ALLOW_PLAINTEXT: 'true' };
  const noLogin = { KAFKA_SASL_MECHANISM: '', KAFKA_SASL_USERNAME: '', KAFKA_SASL_PASSWORD: '' };
  const rows: readonly (readonly [what: string, brokers: string, env: TestEnv, ...says: string[]])[] = [
    ['plain text to TLS', tlsBootstrap, { ...noTls, ...noLogin }, 'KAFKA_TLS'],
    ['TLS to plain text', bootstrap, noLogin, 'KAFKA_TLS'],
    ['no login', saslBootstrap, { ...noTls, ...noLogin }, 'KAFKA_SASL_MECHANISM'],
    ['a login where none is wanted', bootstrap, noTls, 'KAFKA_SASL_MECHANISM'],
    ['no authority', tlsBootstrap, { ...noLogin, STORE_TLS_CA_FILE: '' }, 'STORE_TLS_CA_FILE'],
    ['another authority', saslTlsBootstrap, { STORE_TLS_CA_FILE: anotherCa }, 'STORE_TLS_CA_FILE'],
    [
      ...(['another server name', saslTlsBootstrap] as const),
      ...([{ STORE_TLS_SERVER_NAME: 'kafka.example.com' }, 'STORE_TLS_SERVER_NAME'] as const),
    ],
    ['a login without TLS to a listener with TLS', saslTlsBootstrap, noTls, 'KAFKA_TLS'],
    ['a login with TLS to a listener without', saslBootstrap, {}, 'KAFKA_TLS'],
    [
      ...(['another password', saslTlsBootstrap] as const),
      ...([{ KAFKA_SASL_PASSWORD: 'wrong' }, 'KAFKA_SASL_USERNAME', 'password'] as const),
    ],
    [
      ...(['a mechanism that the listener does not have', saslTlsBootstrap] as const),
      ...([{ KAFKA_SASL_MECHANISM: 'scram-sha-512' }, 'KAFKA_SASL_MECHANISM'] as const),
    ],
  ];
  return rows.map(([what, brokers, env, ...says]) => ({
    ...{ what, says },
    env: { ...env, KAFKA_BROKERS: brokers },
  }));
}

describeStore('kafka', open);
