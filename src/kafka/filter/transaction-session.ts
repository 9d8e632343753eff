import type { Destination, PartitionCalls } from '../client/partition-calls.ts';
import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import type { Compressor } from '../wire/compressor.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { createTransactionProducer, type TransactionProducer } from './transaction-producer.ts';

/**
 * Transactions of one transactional id, one after the other. Opening the session has aborted what earlier sessions of that
 * id had begun, and they can write nothing any more. After a rejection the session must not be used again: after a lost
 * answer nobody knows what was written, nor the next sequence number.
 */
export interface TransactionSession extends TransactionProducer {
  /** To be called before anything is produced to the partition in this transaction. */
  addPartition(target: TopicPartition): Promise<void>;
  /** Of several calls in one transaction the last one counts. */
  commitOffset(of: TopicPartition, offset: number, metadata: string): Promise<void>;
  /** Makes everything visible that was done since the last transaction. */
  commit(): Promise<void>;
  /** Takes everything back that was done since the last transaction. */
  abort(): Promise<void>;
}

export interface TransactionSessionDeps {
  readonly calls: PartitionCalls;
  readonly groupId: string;
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  /** A record batch that is larger is sent in parts. */
  readonly maxBatchBytes: number;
  readonly compressor?: Compressor | undefined;
}

export async function openTransactionSession(deps: TransactionSessionDeps): Promise<TransactionSession> {
  const { calls, groupId, transactionalId, transactionTimeoutMs, maxBatchBytes, compressor } = deps;
  const transactions: Destination = { coordinator: 'transaction', key: transactionalId };
  const group: Destination = { coordinator: 'group', key: groupId };
  const identity = await calls.ask(
    transactions,
    { api: 'InitProducerId', parameters: { transactionalId, transactionTimeout: transactionTimeoutMs } },
    (answer) => {
      const { errorCode, producerId, producerEpoch } = answer as WireProducer;
      checkErrorCode(errorCode, 'initialising the transactional id', {
        api: 'InitProducerId',
        transactionalId,
      });
      return { producerId: BigInt(producerId), producerEpoch };
    },
  );
  const who = { transactionalId, ...identity };
  const producer = createTransactionProducer({ calls, transactionalId, identity, maxBatchBytes, compressor });

  function end(isCommitted: boolean, what: string): Promise<void> {
    const call = { api: 'EndTxn', parameters: { ...who, transactionResult: isCommitted } } as const;
    return calls.ask(transactions, call, (answer) =>
      checkErrorCode((answer as WireError).errorCode, `${what} the transaction`, {
        api: 'EndTxn',
        transactionalId,
      }),
    );
  }

  return {
    addPartition: ({ topic, partition }) =>
      calls.ask(
        transactions,
        { api: 'AddPartitionsToTxn', parameters: { ...who, topics: [{ topic, partitions: [partition] }] } },
        (answer) => {
          const [errors] = (answer as WireAdded).errors;
          const added = errors?.partitionErrors.find((one) => one.partition === partition);
          checkErrorCode(added?.errorCode ?? -1, `adding ${topic}-${partition} to the transaction`, {
            api: 'AddPartitionsToTxn',
            topic,
            transactionalId,
          });
        },
      ),
    produce: producer.produce,
    async commitOffset({ topic, partition }, offset, metadata) {
      await calls.ask(transactions, { api: 'AddOffsetsToTxn', parameters: { ...who, groupId } }, (answer) =>
        checkErrorCode((answer as WireError).errorCode, 'adding the offset to the transaction', {
          api: 'AddOffsetsToTxn',
          group: groupId,
          transactionalId,
        }),
      );
      const partitions = [{ partition, offset: String(offset), metadata }];
      await calls.ask(
        group,
        { api: 'TxnOffsetCommit', parameters: { ...who, groupId, topics: [{ topic, partitions }] } },
        (answer) => {
          const [found] = (answer as WireOffsetCommit).topics;
          const committed = found?.partitions.find((one) => one.partition === partition);
          checkErrorCode(committed?.errorCode ?? -1, `committing the offset of ${topic}-${partition}`, {
            api: 'TxnOffsetCommit',
            topic,
            group: groupId,
            transactionalId,
          });
        },
      );
    },
    commit: () => end(true, 'committing'),
    abort: () => end(false, 'aborting'),
  };
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
  readonly topics: readonly { readonly partitions: readonly WirePartitionError[] }[];
}
