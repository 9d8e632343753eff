import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { provideTool } from '../tools/provide-tool.ts';

const run = promisify(execFile);

/**
 * Paths of PEM files: a certificate authority, a server certificate for the loopback address, and a client certificate.
 */
export interface TestCertificates {
  readonly caFile: string;
  readonly serverCertFile: string;
  readonly serverKeyFile: string;
  /** File that contains both the key and the certificate chain, as Kafka's PEM key store requires. */
  readonly serverPemFile: string;
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
}

/** Creates new certificates with openssl, valid for two days. */
export async function createTestCertificates(directory: string): Promise<TestCertificates> {
  const openssl = await provideTool('openssl');
  const file = (name: string) => join(directory, name);
  // The keys are not RSA keys, because generating an RSA key would take half a second.
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await run(openssl, [
    ...['req', '-x509', ...key, '-subj', '/CN=test-authority'],
    ...['-keyout', file('ca.key'), '-out', file('ca.pem')],
  ]);
  for (const name of ['server', 'client']) {
    await run(openssl, [
      ...['req', '-x509', ...key, '-subj', `/CN=${name}`, '-CA', file('ca.pem'), '-CAkey', file('ca.key')],
      ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-addext', 'basicConstraints=CA:FALSE'],
      ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)],
    ]);
  }
  const parts = await Promise.all(['server.key', 'server.crt', 'ca.pem'].map((name) => readFile(file(name))));
  await writeFile(file('server.pem'), Buffer.concat(parts));
  return {
    caFile: file('ca.pem'),
    serverCertFile: file('server.crt'),
    serverKeyFile: file('server.key'),
    serverPemFile: file('server.pem'),
    clientCertFile: file('client.crt'),
    clientKeyFile: file('client.key'),
  };
}
