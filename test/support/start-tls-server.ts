import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createWebServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { createTestCertificates } from './kafka/test-certificates.ts';
import { temporaryDirectory } from './test-receiver.ts';

/**
 * Starts a TLS server whose certificate comes from an unknown authority, until the test ends. @returns the port of the
 * server
 */
export async function startTlsServer(kind: 'bytes' | 'http' = 'bytes'): Promise<number> {
  const { serverCertFile, serverKeyFile } = await createTestCertificates(temporaryDirectory());
  const tls = { cert: readFileSync(serverCertFile), key: readFileSync(serverKeyFile) };
  const server = kind === 'http' ? createWebServer(tls) : createServer(tls);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
