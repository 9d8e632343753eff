import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../src/runtime/logger.ts';
import { createConnectionSet } from '../../src/stores/kafka/cluster/connection-set.ts';
import { parseBrokerAddress } from '../../src/stores/kafka/cluster/kafkajs/broker-address.ts';
import type { KafkaCall } from '../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { createKafkajsConnection } from '../../src/stores/kafka/cluster/kafkajs/kafkajs-connection.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const call: KafkaCall = { api: 'Metadata', parameters: { topics: [], allowAutoTopicCreation: false } };

test('a broker is reached again as soon as a password file that was gone is back', async () => {
  const user = { username: 'filter', password: 'correct horse' };
  const cluster = await startKafkaCluster({ nodes: 1, sasl: user });
  onTestFinished(() => cluster.stop());
  const passwordFile = join(temporaryDirectory(), 'password');
  writeFileSync(passwordFile, user.password);
  const set = createConnectionSet((address) =>
    createKafkajsConnection({
      address,
      connection: {
        brokers: [],
        sasl: { mechanism: 'plain', username: user.username, passwordFile },
      },
      settings: { connectTimeoutMs: 10_000, requestTimeoutMs: 10_000 },
      logger: createLogger('silent'),
    }),
  );
  onTestFinished(() => set.close());
  const address = parseBrokerAddress(cluster.saslBootstrap ?? '');
  renameSync(passwordFile, `${passwordFile}.gone`);
  await expect(set.call(address, call)).rejects.toMatchObject({
    kind: 'reroute',
    cause: { message: expect.stringContaining('ENOENT') as string },
  });
  renameSync(`${passwordFile}.gone`, passwordFile);
  expect(await set.call(address, call)).toMatchObject({ brokers: [{ nodeId: 1 }] });
});
