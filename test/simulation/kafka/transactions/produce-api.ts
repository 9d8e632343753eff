import { type ApiHandler, toPartitionName } from './api-handler.ts';
import { toErrorCode } from './error-code.ts';
import { findLog } from './log-apis.ts';
import type { Appended, PartitionLog } from './partition-log.ts';
import { readTopics, writeTopics } from './topic-list.ts';
import type { TransactionCoordinator } from './transaction-coordinator.ts';

const transactionalBit = 0x10;
const defaultMostBytes = 1_048_588;

/** Produce, with transactions. */
export const produceApi: ApiHandler = {
  apiKey: 0,
  version: 7,
  handle(call) {
    const { request, cluster } = call;
    request.string(); // transactional id
    request.int16(); // acknowledgements
    request.int32(); // how long to wait for followers
    const topics = readTopics(request, () => ({ partition: request.int32(), recordSet: request.bytes() }));
    const { transactions } = cluster.coordination;
    const stored = topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, recordSet }) => {
        const mostBytes = Number(cluster.topicOf(topic)?.settings['max.message.bytes'] ?? defaultMostBytes);
        const log = findLog(call, { topic, partition, leaderEpoch: -1 });
        const appended =
          typeof log === 'string'
            ? { errorCode: toErrorCode(log), baseOffset: -1 }
            : append(log, { name: toPartitionName(topic, partition), recordSet, mostBytes, transactions });
        return { partition, ...appended };
      }),
    }));
    call.answer((writer) => {
      writeTopics(writer, stored, ({ partition, errorCode, baseOffset }) => {
        writer.int32(partition);
        writer.int16(errorCode);
        writer.int64(baseOffset);
        writer.int64(-1); // no time of the append
        writer.int64(0); // start of the log
      });
      writer.int32(call.throttleMs);
    });
  },
};

interface AppendOptions {
  readonly name: string;
  readonly recordSet: Buffer;
  /** `max.message.bytes`, which counts a whole batch. */
  readonly mostBytes: number;
  readonly transactions: TransactionCoordinator;
}

/** What belongs to no transaction that is under way is refused, as brokers do it from Kafka 3.6 on (KIP-890). */
function append(log: PartitionLog, { name, recordSet, mostBytes, transactions }: AppendOptions): Appended {
  if (recordSet.length > mostBytes) {
    return { errorCode: toErrorCode('MESSAGE_TOO_LARGE'), baseOffset: -1 };
  }
  const isTransactional = (recordSet.readInt16BE(21) & transactionalBit) !== 0;
  const producer = { producerId: recordSet.readBigInt64BE(43), producerEpoch: recordSet.readInt16BE(51) };
  const errorCode =
    isTransactional && !log.hasOpenTransaction(producer.producerId)
      ? transactions.verify({ kind: 'partition', name }, producer)
      : 0;
  return errorCode === 0 ? log.append(recordSet) : { errorCode, baseOffset: -1 };
}
