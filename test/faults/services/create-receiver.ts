import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.ts';
import { readImageNodeOptions } from '../../support/image-node-options.ts';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { createTarget, postWebhook, sign } from '../traffic/post-webhook.ts';
import { parseMetrics } from './parse-metrics.ts';
import type { Service, ServiceTopics } from './service.ts';
import { createServiceProcess, shutdownDelayMs } from './service-process.ts';

const cli = new URL('../../../src/cli.ts', import.meta.url).pathname;
const path = '/webhook';

export interface ReceiverPlace {
  /** Command prefix that runs a command in a different environment, under the same process id. */
  readonly enter?: readonly string[];
  /** Serves the public port over TLS with a separate certificate. */
  readonly tls?: boolean;
}

/** Creates the real receiver as a separate process that is configured only by its environment. */
export async function createReceiver(
  topics: ServiceTopics,
  { enter = [], tls = false }: ReceiverPlace = {},
): Promise<Service> {
  const [httpPort = 0, managementPort = 0] = await freePorts(2);
  const secretsDir = join(topics.directory, 'secrets');
  await mkdir(secretsDir, { recursive: true });
  let secret = createSecret();
  await writeFile(join(secretsDir, 'current'), secret);

  async function writeSecret(name: string, value: string): Promise<void> {
    const part = join(topics.directory, `secret-${name}.part`);
    await writeFile(part, value);
    await rename(part, join(secretsDir, name));
  }

  const readyUrl = `http://127.0.0.1:${managementPort}/readyz`;
  const certificates = tls ? await createTestCertificates(topics.directory) : undefined;
  const [command, ...args] = [...enter, process.execPath, ...readImageNodeOptions(), cli, 'receive'];
  const service = createServiceProcess({
    command,
    args,
    env: {
      NODE_ENV: 'production',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(httpPort),
      MANAGEMENT_PORT: String(managementPort),
      WEBHOOK_PATH: path,
      WEBHOOK_SECRETS_DIR: secretsDir,
      DATA_DIR: join(topics.directory, 'data'),
      ...(topics.bootstrap !== '' && { KAFKA_BROKERS: topics.bootstrap }),
      ...(certificates && {
        TLS_CERT_FILE: certificates.serverCertFile,
        TLS_KEY_FILE: certificates.serverKeyFile,
      }),
      KAFKA_TOPIC: topics.events,
      KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter,
      SHUTDOWN_DELAY_MS: String(shutdownDelayMs),
    },
    readyUrl,
    logFile: join(topics.directory, 'service.log'),
  });

  return {
    httpPort,
    managementPort,
    tls,
    path,
    process: service,
    secret: () => secret,
    isReady: () =>
      fetch(`${readyUrl}?verbose`).then(
        // While the store is unavailable, the receiver stays ready, but one of its checks fails.
        async (response) => {
          const { checks } = (await response.json()) as {
            readonly checks: readonly { readonly ok: boolean }[];
          };
          return checks.every(({ ok }) => ok);
        },
        () => false,
      ),
    async metrics() {
      const response = await fetch(`http://127.0.0.1:${managementPort}/metrics`);
      return parseMetrics(await response.text());
    },
    /**
     * Rotates the secret as an operator does: adds the new secret, switches the provider to it, and removes the old
     * secret.
     */
    async rotateSecret() {
      const next = createSecret();
      await writeSecret('previous', secret);
      await writeSecret('current', next);
      const probe = createTarget({ port: httpPort, tls, path, secret: () => next, isRouted: () => true });
      await waitUntil(
        // An empty batch does not store any record. With an invalid signature, the response would be 401.
        async () => (await postWebhook(probe, '[]', sign('[]', next))) === 200,
        { timeoutMs: 30_000, what: 'the new secret verifies' },
      );
      probe.agent.destroy();
      secret = next;
      // Requests with a signature of the old secret may still arrive until the timeout of their sender.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await rm(join(secretsDir, 'previous'));
    },
  };
}

function createSecret(): string {
  return randomBytes(24).toString('base64url');
}
