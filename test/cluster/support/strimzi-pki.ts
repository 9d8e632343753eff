import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from '../../chart/support/render.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';

const password = 'a-password-of-a-key-store';

/**
 * Creates the certificates that Strimzi creates for a `Kafka` and a `KafkaUser`: two certificate authorities, and
 * Secrets in the format of the Strimzi operators. `brokerNames` are the names in the certificate of the brokers.
 */
export async function createStrimziPki(brokerNames: readonly string[]) {
  const openssl = await provideTool('openssl');
  const directory = mkdtempSync(join(tmpdir(), 'strimzi-pki-'));
  const file = (name: string) => join(directory, name);
  const text = (name: string) => readFileSync(file(name), 'utf8');
  const run = (...args: string[]) => promisify(execFile)(openssl, args);
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];

  async function createAuthority(name: string): Promise<void> {
    const subject = ['-subj', `/O=io.strimzi/CN=${name} v0`];
    await run(...request, ...subject, '-keyout', file(`${name}.key`), '-out', file(`${name}.crt`));
  }
  async function sign(name: string, subject: string, authority: string, ...more: string[]): Promise<void> {
    await run(
      ...[...request, '-subj', subject, '-addext', 'basicConstraints=CA:FALSE', ...more],
      ...['-CA', file(`${authority}.crt`), '-CAkey', file(`${authority}.key`)],
      ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)],
    );
  }
  async function toUserSecret(user: string, authority: string): Promise<Manifest> {
    const name = `${user}-of-${authority}`;
    await sign(name, `/CN=${user}`, authority);
    const store = ['pkcs12', '-export', '-in', file(`${name}.crt`), '-inkey', file(`${name}.key`)];
    await run(...store, '-password', `pass:${password}`, '-out', file(`${name}.p12`));
    return toSecret(user, {
      // The authority of the users only. A client that trusts this authority for the brokers too cannot connect to
      // them.
      'ca.crt': text(`${authority}.crt`),
      'user.crt': text(`${name}.crt`),
      'user.key': text(`${name}.key`),
      'user.p12': readFileSync(file(`${name}.p12`)),
      'user.password': password,
    });
  }

  for (const authority of ['cluster-ca', 'clients-ca', 'strange-ca']) {
    await createAuthority(authority);
  }
  const names = brokerNames.map((name) => `DNS:${name}`).join(',');
  await sign('broker', '/O=io.strimzi/CN=main-kafka', 'cluster-ca', '-addext', `subjectAltName=${names}`);
  writeFileSync(file('broker.pem'), text('broker.key') + text('broker.crt') + text('cluster-ca.crt'));
  return {
    /** Path of a file with the key and the certificate chain of the brokers, in the format of a Kafka PEM key store. */
    brokerPemFile: file('broker.pem'),
    /** Certificate authority of the users, which the brokers trust. */
    clientsCaFile: file('clients-ca.crt'),
    /** The Secret `<cluster>-cluster-ca-cert`, as the cluster operator writes it. */
    async clusterCaSecret(cluster: string) {
      const store = ['pkcs12', '-export', '-nokeys', '-in', file('cluster-ca.crt')];
      await run(...store, '-password', `pass:${password}`, '-out', file('cluster-ca.p12'));
      return toSecret(`${cluster}-cluster-ca-cert`, {
        'ca.crt': text('cluster-ca.crt'),
        'ca.p12': readFileSync(file('cluster-ca.p12')),
        'ca.password': password,
      });
    },
    /** The Secret with the name of the `KafkaUser`, as the user operator writes it. */
    userSecret: (user: string) => toUserSecret(user, 'clients-ca'),
    /** The same Secret, but with a certificate from an authority that the brokers do not trust. */
    untrustedSecret: (user: string) => toUserSecret(user, 'strange-ca'),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

function toSecret(name: string, data: Readonly<Record<string, string | Buffer>>): Manifest {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: Object.fromEntries(encoded) };
}
