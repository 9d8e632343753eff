import { expect, test } from 'vitest';
import { openStore } from '../../../src/stores/open-store.ts';
import { captureLog } from '../../support/captured-log.ts';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const topics = { events: 'e', deadLetter: 'd', latest: 'l' };
const { logger } = captureLog();
const connection = { brokers: ['127.0.0.1:1'], clientId: 'c' };
const sasl = { mechanism: 'plain', username: 'u', password: 'planted' } as const;

test.each([
  [connection, 'no TLS, no SASL, client c'],
  [{ ...connection, tls: {}, sasl }, 'TLS, SASL plain as u, client c'],
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
    expect.stringMatching(/^KAFKA_TLS_CA_FILE: /),
    expect.stringMatching(/^KAFKA_TLS_CERT_FILE: .* is valid until/),
    expect.stringMatching(/^KAFKA_TLS_CERT_FILE: the key .* does not belong/),
    expect.stringMatching(/^Kafka \(127.0.0.1:1\) does not do what was asked/),
  ]);
  const plain = await check({ kind: 'kafka', compression: 'none', connection: { ...connection, sasl } });
  expect(plain.map(({ area, verdict }) => [area, verdict])).toEqual([['store', 'error']]);
});

test('a topic that is none of its dead-letter topics is refused', async () => {
  const store = await openStore({ kind: 'kafka', connection, compression: 'none' });
  const observer = { begins() {}, passed() {}, notice() {} };
  const { signal } = new AbortController();
  const deps = { topics: [topics], group: 'g', dryRun: true, logger, signal, observer };
  await expect(store.openDeadLetters({ topic: 'x' }, deps)).rejects.toThrow(
    'x is not a dead-letter topic of this configuration: it has d',
  );
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
