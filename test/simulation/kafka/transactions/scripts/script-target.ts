import { setTimeout as delay } from 'node:timers/promises';
import type { BrokerAddress } from '../../../../../src/stores/kafka/cluster/kafkajs/broker-address.ts';
import type {
  KafkaCall,
  KafkaConnection,
} from '../../../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { createKafkajsConnection } from '../../../../../src/stores/kafka/cluster/kafkajs/kafkajs-connection.ts';
import { captureLog } from '../../../../support/captured-log.ts';
import { toErrorCode } from '../error-code.ts';

/** A broker that leads and coordinates everything, and fresh names on it. The topic has one partition. */
export interface ScriptTarget {
  readonly address: BrokerAddress;
  readonly topic: string;
  readonly groupId: string;
  readonly transactionalId: string;
  readonly deleteTopic: () => Promise<void>;
}

export interface Coded {
  readonly errorCode: number;
}

/** What was asked, and what of the answer is the same on every broker. */
export type Line = readonly [what: string, ...facts: unknown[]];

export async function connectTo({ address }: ScriptTarget): Promise<KafkaConnection> {
  const connection = createKafkajsConnection({
    address,
    connection: { brokers: [], clientId: 'script' },
    settings: { connectTimeoutMs: 5_000, requestTimeoutMs: 40_000 },
    logger: captureLog().logger,
  });
  await connection.connect();
  return connection;
}

const passing = [
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
  'NOT_ENOUGH_REPLICAS',
].map(toErrorCode);

/** Asks until the answer is none that passes: how long that takes is each broker's own. */
export async function askUntilDone<T>(
  connection: KafkaConnection,
  call: KafkaCall,
  codeOf: (answer: T) => number | undefined,
): Promise<T> {
  for (;;) {
    const answer = (await connection.call(call)) as T;
    if (!passing.includes(codeOf(answer) ?? 0)) {
      return answer;
    }
    await delay(20);
  }
}
