import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { LogCluster } from '../simulation/kafka/transactions/log-cluster.ts';
import { runGroupScript } from '../simulation/kafka/transactions/scripts/group-script.ts';
import type { ScriptTarget } from '../simulation/kafka/transactions/scripts/script-target.ts';
import { runTransactionScript } from '../simulation/kafka/transactions/scripts/transaction-script.ts';
import { createRandom } from '../simulation/world/random.ts';
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
  let accept: (socket: Socket) => void = () => undefined;
  const cluster = new LogCluster({
    random: createRandom(1),
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    epochMs: () => Date.now(),
    listen(_address, onSocket) {
      accept = onSocket;
      return () => undefined;
    },
    brokerCount: 1,
    topics: [{ name, partitionCount: 1, settings }],
    password: undefined,
    onRequest: () => ({}),
  });
  const server = createServer((socket) => accept(socket)).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ address: { host: '127.0.0.1', port }, topic: name, groupId: 'group', transactionalId: 'id' },
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
