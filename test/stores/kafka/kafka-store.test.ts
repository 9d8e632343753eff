import { Registry } from 'prom-client';
import { expect, onTestFinished, test } from 'vitest';
import type { KafkaSaslConfig } from '../../../src/config/kafka-sasl-config.ts';
import type { StoredRecord } from '../../../src/ports/record-reader.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { openStore } from '../../../src/stores/open-store.ts';
import { captureLog } from '../../support/captured-log.ts';
import { startModelBroker } from '../../support/kafka/start-model-broker.ts';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const topics = { events: 'e', deadLetter: 'd', latest: 'l' };
const { logger } = captureLog();
const connection = { brokers: ['127.0.0.1:1'] };
const sasl = { mechanism: 'plain', username: 'u', password: 'planted' } as const;
const toOauth = (oauth: object) => ({ mechanism: 'oauthbearer', oauth }) as KafkaSaslConfig;
const client = { clientId: 'c', clientSecret: 'planted', provider: 'client-credentials' };

test.each([
  [connection, 'no TLS, no SASL'],
  [{ ...connection, tls: {}, sasl }, 'TLS, SASL plain as u'],
  [
    { ...connection, tls: {}, sasl: toOauth(client) },
    'TLS, SASL oauthbearer as c, token provider client-credentials',
  ],
  [
    { ...connection, tls: {}, sasl: toOauth({ provider: 'aws-msk-iam', region: 'r' }) },
    'TLS, SASL oauthbearer, token provider aws-msk-iam',
  ],
])('it shows its connection without the password', async (given, text) => {
  const store = await openStore({ kind: 'kafka', connection: given, compression: 'zstd' });
  expect(store.describe([topics])).toEqual([
    ['store', 'Kafka 127.0.0.1:1'],
    ['connection', text],
    ['compression', 'zstd'],
    ['latest state', 'l'],
  ]);
});

test('its checks are those of its certificates, its login and its topics', async () => {
  const files = await createTestCertificates(temporaryDirectory());
  const tls = {
    ca: { file: files.caFile },
    cert: { file: files.clientCertFile },
    key: { file: files.serverKeyFile },
  };
  const check = async (given: Parameters<typeof openStore>[0]) =>
    (await openStore(given)).check({
      topics: [topics],
      maxBodyBytes: 1,
      windowMs: 259_200_000,
      nowMs: Date.now(),
      logger,
    });

  const secured = await check({ kind: 'kafka', compression: 'none', connection: { ...connection, tls } });
  expect(secured.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^STORE_TLS_CA_FILE: /),
    expect.stringMatching(/^STORE_TLS_CERT_FILE: .* is valid until/),
    expect.stringMatching(/^STORE_TLS_CERT_FILE: the key .* does not match/),
    expect.stringMatching(/^Kafka \(127.0.0.1:1\) is unavailable/),
  ]);
  const plain = await check({ kind: 'kafka', compression: 'none', connection: { ...connection, sasl } });
  expect(plain.map(({ area, verdict }) => [area, verdict])).toEqual([['store', 'error']]);
});

test('its failures are sentences for the operator', async () => {
  const store = await openStore({ kind: 'kafka', connection, compression: 'none' });
  const options = {
    names: [topics],
    partitionCount: 1,
    maxBodyBytes: 1,
    windowMs: 259_200_000,
    dryRun: true,
    logger,
  };
  await expect(store.ensureTopics?.(options)).rejects.toThrow('check KAFKA_BROKERS');
});

/** Starts a broker with two partitions of events and one of latest states. */
async function setUpBroker() {
  const broker = await startModelBroker();
  broker.cluster.addTopic({ name: 'e', partitionCount: 2 });
  broker.cluster.addTopic({ name: 'l', partitionCount: 1, settings: { 'cleanup.policy': 'compact' } });
  broker.cluster.addTopic({ name: 'd', partitionCount: 1 });
  broker.append('e', 1, [
    { key: 'a', value: '1' },
    { key: 'b', value: '2' },
  ]);
  broker.append('l', 0, [{ key: 'a', value: '1' }]);
  const store = await openStore({ kind: 'kafka', connection: broker.connection, compression: 'none' });
  const notices: string[] = [];
  const observer = { onStart() {}, onProgress() {}, onWarning: (text: string) => void notices.push(text) };
  const selection = { role: 'events', topics: [topics], sinceMs: 0 } as const;
  const reading = { signal: new AbortController().signal, observer };
  return {
    ...broker,
    ...{ store, notices, selection, reading },
    async read() {
      const records: StoredRecord[] = [];
      for await (const batch of store.readRecords(selection, { follow: false, logger, ...reading })) {
        records.push(...batch);
      }
      return records;
    },
  };
}

test.each([
  ['none', 0],
  ['gzip', 1],
] as const)('stores records with compression %s', async (compression, codec) => {
  const { cluster, connection: toBroker } = await setUpBroker();
  const store = await openStore({ kind: 'kafka', connection: toBroker, compression });
  const deps = { topics: [topics], maxBodyBytes: 1_000, registry: new Registry(), clock: systemClock };
  const sink = await store.createSink({ ...deps, logger });
  onTestFinished(() => sink.close());
  await sink.start();
  const record = { topic: 'd', key: null, value: Buffer.alloc(1_000), headers: {} };
  expect(await sink.append([record], systemClock.now() + 60_000)).toEqual([]);
  const whole = { fromOffset: 0, maxBytes: 10_000, isCommittedOnly: true, mustProgress: true };
  // The three lowest bits of the batch attributes contain the compression codec.
  expect((cluster.logOf('d', 0)?.read(whole).recordSet.readInt16BE(21) ?? -1) & 7).toBe(codec);
});

test('reads what a selection has', async () => {
  const { read } = await setUpBroker();
  const records = await read();
  expect(records.map(({ place, key, value }) => [place, key, String(value)])).toEqual([
    ['e/1/0', 'a', '1'],
    ['e/1/1', 'b', '2'],
  ]);
});

test('erases latest states', async () => {
  const { store, reading, cluster, notices } = await setUpBroker();
  const request = { keys: new Set(['a']), topics: [topics], dryRun: false, ...reading };
  const places: string[] = [];
  for await (const { place } of store.eraseStates(request, logger)) {
    places.push(place);
  }
  expect(places).toEqual(['l/0/0']);
  expect(cluster.logOf('l', 0)?.endOffset).toBe(2);
  expect(notices.at(-1)).toBe('The events of these keys stay in e until retention removes them.');
});
