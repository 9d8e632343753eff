import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { listenOnSockets } from '../simulation/kafka/scripts/model-cluster.ts';
import { runGroupScript } from '../simulation/kafka/transactions/scripts/group-script.ts';
import type { ScriptTarget } from '../simulation/kafka/transactions/scripts/script-target.ts';
import { runTransactionScript } from '../simulation/kafka/transactions/scripts/transaction-script.ts';
import { createTopic, deleteTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';

const settings = { 'max.message.bytes': '4000' };

async function findRealTarget(): Promise<ScriptTarget> {
  const bootstrap = await kafkaBrokers();
  const [host = '', port] = bootstrap.split(':');
  const name = `simulated-${randomUUID()}`;
  await createTopic(bootstrap, name, { configs: settings });
  return {
    ...{ address: { host, port: Number(port) }, topic: name, groupId: name, transactionalId: name },
    deleteTopic: () => deleteTopic(bootstrap, name),
  };
}

/** One broker of the model, over real sockets and in real time. */
async function startModel(): Promise<ScriptTarget> {
  const name = 'topic';
  const { cluster, portOf, stop } = listenOnSockets(1);
  onTestFinished(stop);
  cluster.addTopic({ name, partitionCount: 1, settings });
  await delay(100);
  return {
    ...{
      address: { host: '127.0.0.1', port: portOf(1) },
      topic: name,
      groupId: 'group',
      transactionalId: 'id',
    },
    deleteTopic: async () => cluster.deleteTopic(name, 'group'),
  };
}

test.for([
  ['transactions', runTransactionScript],
  ['groups', runGroupScript],
] as const)('the simulated cluster answers as Kafka does: %s', async ([, runScript]) => {
  const real = await runScript(await findRealTarget());
  const simulated = await runScript(await startModel());
  expect(simulated).toEqual(real);
  expect(real.length).toBeGreaterThan(20);
});
