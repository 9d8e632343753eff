import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { listenAsModel } from '../support/kafka/listen-as-model.ts';
import { createTopic, deleteTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { runGroupScript } from './kafka-model/group-script.ts';
import type { ScriptTarget } from './kafka-model/script-target.ts';
import { runTransactionScript } from './kafka-model/transaction-script.ts';

const settings = { 'max.message.bytes': '4000' };

async function findRealTarget(): Promise<ScriptTarget> {
  const bootstrap = await kafkaBrokers();
  const name = `simulated-${randomUUID()}`;
  await createTopic(bootstrap, name, { configs: settings });
  return {
    ...{ port: Number(bootstrap.split(':')[1]), topic: name, groupId: name, transactionalId: name },
    deleteTopic: () => deleteTopic(bootstrap, name),
  };
}

/** Starts one broker of the simulated Kafka, on real sockets and in real time. */
async function startModel(): Promise<ScriptTarget> {
  const name = 'topic';
  const { cluster, portOf, stop } = await listenAsModel(1);
  onTestFinished(stop);
  cluster.addTopic({ name, partitionCount: 1, settings });
  return {
    ...{
      port: portOf(1),
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
