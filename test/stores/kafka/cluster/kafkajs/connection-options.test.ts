import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, describe, expect, it, onTestFinished, test, vi } from 'vitest';
import type { KafkaTlsConfig } from '../../../../../src/config/kafka-tls-config.ts';
import { createLogger } from '../../../../../src/runtime/logger.ts';
import {
  type KafkaAccess,
  openSocket,
  readConnectionOptions as readOptions,
} from '../../../../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import { createTestCertificates } from '../../../../support/kafka/test-certificates.ts';
import { temporaryDirectory } from '../../../../support/test-receiver.ts';

const directory = mkdtempSync(join(tmpdir(), 'connection-options-'));
afterAll(() => rmSync(directory, { recursive: true }));

function writeTestFile(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const readConnectionOptions = (access: KafkaAccess) => readOptions(access, createLogger('silent'));

const base = { brokers: ['b:1'] };

describe('readConnectionOptions', () => {
  it('has neither TLS nor SASL unless configured', async () => {
    expect(await readConnectionOptions(base)).toEqual({ clientId: 'comapi-webhook', ssl: null, sasl: null });
  });

  it('turns TLS on without files: the authorities that Node knows are trusted', async () => {
    expect((await readConnectionOptions({ ...base, tls: {} })).ssl).toEqual({});
  });

  it('reads the files each time', async () => {
    const passwordFile = writeTestFile('password', 'first\n');
    const tls = {
      ca: { file: writeTestFile('ca', 'CA') },
      cert: { file: writeTestFile('cert', 'CERT') },
      key: { file: writeTestFile('key', 'KEY') },
    };
    const connection = { ...base, tls, sasl: { mechanism: 'plain', username: 'u', passwordFile } as const };
    expect(await readConnectionOptions(connection)).toMatchObject({
      ssl: { ca: 'CA', cert: 'CERT', key: 'KEY' },
      sasl: { mechanism: 'plain', username: 'u', password: 'first' },
    });
    writeTestFile('password', 'second');
    expect((await readConnectionOptions(connection)).sasl).toMatchObject({ password: 'second' });
  });

  it('names the file that cannot be read', async () => {
    const tls = { ca: { file: join(directory, 'nowhere') } };
    await expect(readConnectionOptions({ ...base, tls })).rejects.toThrow('nowhere');
  });
});

/** Loopback address that the server's certificate does not contain. */
const address = '127.0.0.2';

test('the certificate has to have the address, the name that is set, or any name', async () => {
  const { caFile, serverCertFile, serverKeyFile } = await createTestCertificates(temporaryDirectory());
  const asked: string[] = [];
  const server = createServer({
    ...{ cert: readFileSync(serverCertFile), key: readFileSync(serverKeyFile) },
    SNICallback(name, done) {
      asked.push(name);
      done(null);
    },
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;

  async function connect(tls: KafkaTlsConfig, host = address): Promise<string> {
    const access = { brokers: [], tls };
    const { ssl } = await readConnectionOptions(access);
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
  const waits = vi.spyOn(Socket.prototype, 'setNoDelay');
  const probes = vi.spyOn(Socket.prototype, 'setKeepAlive');
  expect(await connect({ ca }, 'localhost')).toBe('connected');
  expect([waits.mock.lastCall, probes.mock.lastCall]).toEqual([[true], [true, 10_000]]);
  expect(await connect({ ca, serverName: 'localhost' })).toBe('connected');
  expect(await connect({ ca, serverName: 'another.example' })).toContain(
    "does not match certificate's altnames",
  );
  expect(await connect({ ca, allowAnyServerName: true })).toBe('connected');
  expect(await connect({ allowAnyServerName: true })).toContain('certificate');
  expect(asked).toEqual(['localhost', 'localhost', 'another.example']);
});
