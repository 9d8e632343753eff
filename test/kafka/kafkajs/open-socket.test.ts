import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import type { KafkaTlsConfig } from '../../../src/config/kafka-tls-config.ts';
import { readConnectionOptions } from '../../../src/kafka/kafkajs/connection-options.ts';
import { openSocket } from '../../../src/kafka/kafkajs/open-socket.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

/** At an address that is not in its certificate. */
const host = '127.0.0.2';

test('the certificate has to have the address, the name that is set, or any name', async () => {
  const { caFile, serverCertFile, serverKeyFile } = await createTestCertificates(temporaryDirectory());
  const server = createServer({ cert: readFileSync(serverCertFile), key: readFileSync(serverKeyFile) });
  server.on('tlsClientError', () => undefined);
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;

  async function connect(tls: KafkaTlsConfig): Promise<string> {
    const access = { brokers: [], clientId: 'test', tls };
    const { ssl } = readConnectionOptions(access, createLogger('silent'));
    const { promise, resolve } = Promise.withResolvers<string>();
    const socket = openSocket({ host, port, ssl: ssl ?? {}, onConnect: () => resolve('connected') });
    socket.on('error', (error) => resolve(error.message));
    try {
      return await promise;
    } finally {
      socket.destroy();
    }
  }

  const ca = { file: caFile };
  expect(await connect({ ca })).toContain("IP: 127.0.0.2 is not in the cert's list");
  expect(await connect({ ca, serverName: 'localhost' })).toBe('connected');
  expect(await connect({ ca, serverName: 'another.example' })).toContain(
    "does not match certificate's altnames",
  );
  expect(await connect({ ca, allowAnyServerName: true })).toBe('connected');
  expect(await connect({ allowAnyServerName: true })).toContain('certificate');
});
