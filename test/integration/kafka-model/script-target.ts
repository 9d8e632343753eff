import { setTimeout as delay } from 'node:timers/promises';
import type {
  KafkaCall,
  KafkaConnection,
} from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { toErrorCode } from '../../simulation/kafka/transactions/error-code.ts';
import type { Line } from './cluster-under-script.ts';

/**
 * A broker that leads all partitions and coordinates all groups and transactions, and names that are not in use on it.
 * The topic has one partition.
 */
export interface ScriptTarget {
  /** Port on the loopback address. */
  readonly port: number;
  readonly topic: string;
  readonly groupId: string;
  readonly transactionalId: string;
  readonly deleteTopic: () => Promise<void>;
}

export interface QuestionsDeps {
  readonly target: ScriptTarget;
  readonly connection: KafkaConnection;
  /** Results of the script, in the order of its requests. */
  readonly lines: Line[];
}

export interface Coded {
  readonly errorCode: number;
}

const passing = [
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
  'NOT_ENOUGH_REPLICAS',
].map(toErrorCode);

/**
 * Repeats a request until its response is not a temporary error, because such errors last for different times on
 * different brokers.
 */
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
