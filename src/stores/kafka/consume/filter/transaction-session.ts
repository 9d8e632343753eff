import type { Clock } from '../../../../runtime/clock.ts';
import type { Destination } from '../../cluster/client/partition-calls.ts';
import { checkErrorCode } from '../../cluster/errors/kafka-answer-error.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import type { ProducerIdentity } from '../../wire/write-record-batch.ts';
import {
  type EncodedRecord,
  type Produced,
  TransactionProducer,
  type TransactionProducerDeps,
} from './transaction-producer.ts';

export interface TransactionSessionDeps extends Omit<TransactionProducerDeps, 'identity'> {
  readonly groupId: string;
  /** After this time the brokers end a transaction. */
  readonly transactionTimeoutMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

/** Where a group stands in a partition, one of each topic. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

/** Aborts what earlier sessions of the transactional id had begun. They can write nothing any more. */
export async function openTransactionSession(deps: TransactionSessionDeps): Promise<TransactionSession> {
  const { calls, transactionalId, transactionTimeoutMs } = deps;
  const identity = await calls.ask(
    { coordinator: 'transaction', key: transactionalId },
    { api: 'InitProducerId', parameters: { transactionalId, transactionTimeout: transactionTimeoutMs } },
    (answer) => {
      const { errorCode, producerId, producerEpoch } = answer as WireProducer;
      const asked = { api: 'InitProducerId', transactionalId } as const;
      checkErrorCode(errorCode, 'initialising the transactional id', asked);
      return { producerId: BigInt(producerId), producerEpoch };
    },
  );
  return new TransactionSession(deps, identity);
}

/**
 * Transactions of one transactional id, one after the other. After a rejection the session must not be used again: after a
 * lost answer nobody knows what was written, nor the next sequence number.
 */
export class TransactionSession {
  readonly #deps: TransactionSessionDeps;
  readonly #who: ProducerIdentity & { readonly transactionalId: string };
  readonly #transactions: Destination;
  readonly #producer: TransactionProducer;
  /** When the transaction under way began. */
  #begunAt: number | undefined;

  constructor(deps: TransactionSessionDeps, identity: ProducerIdentity) {
    const { transactionalId } = deps;
    this.#deps = deps;
    this.#who = { transactionalId, ...identity };
    this.#transactions = { coordinator: 'transaction', key: transactionalId };
    this.#producer = new TransactionProducer({ ...deps, identity });
  }

  /** The transaction under way has taken longer than the brokers wait. */
  isOverdue(): boolean {
    const { clock, transactionTimeoutMs } = this.#deps;
    return this.#begunAt !== undefined && clock.now() - this.#begunAt >= transactionTimeoutMs;
  }

  /** To be called before anything is produced to the partition in this transaction. */
  addPartition({ topic, partition }: TopicPartition): Promise<void> {
    this.#begunAt ??= this.#deps.clock.now();
    const { calls, transactionalId } = this.#deps;
    const parameters = { ...this.#who, topics: [{ topic, partitions: [partition] }] };
    return calls.ask(this.#transactions, { api: 'AddPartitionsToTxn', parameters }, (answer) => {
      const [errors] = (answer as WireAdded).errors;
      const added = errors?.partitionErrors.find((one) => one.partition === partition);
      const asked = { api: 'AddPartitionsToTxn', topic, transactionalId } as const;
      checkErrorCode(added?.errorCode ?? -1, `adding ${topic}-${partition} to the transaction`, asked);
    });
  }

  produce(target: TopicPartition, records: readonly EncodedRecord[]): Promise<Produced> {
    return this.#producer.produce(target, records);
  }

  /** The last of several calls in one transaction counts, for each partition. */
  async commitOffsets(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { calls, groupId, transactionalId, clock } = this.#deps;
    this.#begunAt ??= clock.now();
    const group = { group: groupId, transactionalId };
    const parameters = { ...this.#who, groupId };
    await calls.ask(this.#transactions, { api: 'AddOffsetsToTxn', parameters }, (answer) => {
      const { errorCode } = answer as WireError;
      const asked = { api: 'AddOffsetsToTxn', ...group } as const;
      checkErrorCode(errorCode, 'adding the offset to the transaction', asked);
    });
    const topics = offsets.map(({ topic, partition, offset, metadata }) => ({
      topic,
      partitions: [{ partition, offset: String(offset), metadata }],
    }));
    await calls.ask(
      { coordinator: 'group', key: groupId },
      { api: 'TxnOffsetCommit', parameters: { ...parameters, topics } },
      (answer) => {
        for (const { topic, partition } of offsets) {
          const found = (answer as WireOffsetCommit).topics.find((one) => one.topic === topic);
          const committed = found?.partitions.find((one) => one.partition === partition);
          const asked = { api: 'TxnOffsetCommit', topic, ...group } as const;
          checkErrorCode(committed?.errorCode ?? -1, `committing the offset of ${topic}-${partition}`, asked);
        }
      },
    );
  }

  /** Makes everything visible that was done since the last transaction. */
  commit(): Promise<void> {
    return this.#end(true, 'committing');
  }

  /** Takes everything back that was done since the last transaction. */
  abort(): Promise<void> {
    return this.#end(false, 'aborting');
  }

  async #end(transactionResult: boolean, what: string): Promise<void> {
    const { calls, transactionalId } = this.#deps;
    const parameters = { ...this.#who, transactionResult };
    await calls.ask(this.#transactions, { api: 'EndTxn', parameters }, (answer) => {
      const { errorCode } = answer as WireError;
      checkErrorCode(errorCode, `${what} the transaction`, { api: 'EndTxn', transactionalId });
    });
    this.#begunAt = undefined;
  }
}

interface WireError {
  readonly errorCode: number;
}

interface WireProducer extends WireError {
  readonly producerId: string;
  readonly producerEpoch: number;
}

interface WirePartitionError extends WireError {
  readonly partition: number;
}

interface WireAdded {
  readonly errors: readonly { readonly partitionErrors: readonly WirePartitionError[] }[];
}

interface WireOffsetCommit {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly WirePartitionError[] }[];
}
