import { describe, expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../../../../src/runtime/logger.ts';
import type { KafkaAccess } from '../../../../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import type { KafkaConnection } from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { createKafkajsConnection } from '../../../../../src/stores/kafka/cluster/kafkajs/kafkajs-connection.ts';
import {
  type ScriptedBroker,
  type Step,
  startScriptedBroker,
} from '../../../../support/kafka/scripted-broker.ts';
import { spoils } from '../../../../support/kafka/spoiled-answers.ts';

/** Time limit within which a request with a malformed response must fail. */
const soonMs = 800;
const password = { username: 'user', password: 'secret' };
const mechanisms: Readonly<Record<string, NonNullable<KafkaAccess['sasl']>>> = {
  plain: { mechanism: 'plain', ...password },
  'scram-sha-256': { mechanism: 'scram-sha-256', ...password },
};

function open(
  { port }: Pick<ScriptedBroker, 'port'>,
  sasl?: NonNullable<KafkaAccess['sasl']>,
  patienceMs = 20_000,
): KafkaConnection {
  const connection = createKafkajsConnection({
    address: { host: '127.0.0.1', port },
    connection: { brokers: [], ...(sasl && { sasl }) },
    settings: { connectTimeoutMs: patienceMs, requestTimeoutMs: patienceMs },
    logger: createLogger('silent'),
  });
  onTestFinished(() => connection.close());
  return connection;
}

/** Connects and sends one request. An error thrown outside of a promise fails the run. */
async function tryOut(connection: KafkaConnection): Promise<unknown> {
  await connection.connect();
  const parameters = { groupId: 'g', groupGenerationId: 1, memberId: 'm', groupInstanceId: null };
  return connection.call({ api: 'Heartbeat', parameters });
}

const good = { errorCode: 0 };
const names = Object.keys(spoils);

async function startFor(options?: Parameters<typeof startScriptedBroker>[0]): Promise<ScriptedBroker> {
  const broker = await startScriptedBroker(options);
  onTestFinished(() => broker[Symbol.dispose]());
  return broker;
}

async function expectRecovery(
  broker: ScriptedBroker,
  sasl?: NonNullable<KafkaAccess['sasl']>,
): Promise<void> {
  broker.spoil(undefined);
  expect(await tryOut(open(broker, sasl))).toMatchObject(good);
}

describe.each<Step>(['ApiVersions', 'SaslHandshake', 'SaslAuthenticate', 'Heartbeat'])(
  'when the answer to %s is',
  (step) => {
    test.each(names)('%s, a promise rejects, and the next connection serves', async (name) => {
      const broker = await startFor();
      broker.spoil(step, spoils[name]);
      const outcome = await tryOut(open(broker, mechanisms.plain, soonMs)).catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(Error);
      await expectRecovery(broker, mechanisms.plain);
    });
  },
);

describe('a login by SCRAM', () => {
  test.each(['', ',', 'r=', 'i=4096', 'e=other-error', 'x'.repeat(10_000)])(
    'rejects for %j',
    async (text) => {
      const broker = await startFor({ login: () => text });
      await expect(open(broker, mechanisms['scram-sha-256']).connect()).rejects.toMatchObject({
        reason: 'authentication',
      });
    },
  );
});

test.each([-1, 0, 65_536, 2 ** 31 - 1])(
  'a broker at port %i, as another one may describe it, is not reached',
  async (port) => {
    await expect(open({ port }).connect()).rejects.toThrow(/port|ECONNREFUSED|EADDRNOTAVAIL/i);
  },
);

test('what is wrong with an answer is named', async () => {
  const broker = await startFor();
  broker.spoil('ApiVersions', spoils['a length of 3']);
  await expect(open(broker).connect()).rejects.toThrow('the response is malformed: ');
  broker.spoil('ApiVersions', spoils['a greeting of HTTP']);
  await expect(open(broker).connect()).rejects.toThrow('shows that the server is not a Kafka broker');
  broker.spoil('Heartbeat', spoils['a length of 2^31 - 1']);
  await expect(tryOut(open(broker))).rejects.toThrow('the length of 2147483651 bytes');
});

test('a connection whose answer was wrong has ended', async () => {
  const broker = await startFor();
  const connection = open(broker);
  const ended = new Promise<void>((resolve) => connection.onEnd(resolve));
  broker.spoil('Heartbeat', spoils['a length of -1']);
  await expect(tryOut(connection)).rejects.toThrow('the response is malformed');
  await ended;
  expect(connection.isOpen()).toBe(false);
});
