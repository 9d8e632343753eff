import { checkedFrom, isSealed } from '../../../support/kafka/seal-batch.ts';
import type { Partition } from '../partition.ts';
import { type ApiCall, type ApiHandler, toPartitionName } from './api-handler.ts';
import { toErrorCode, toErrorName } from './error-code.ts';
import { toPlain } from './read-batch.ts';
import { readTopics, writeTopics } from './topic-list.ts';
import { transactionalBit } from './write-batch.ts';

/** The part of a produce request for one partition. */
export interface ProducedPart {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

/** The broker's response for one partition. */
export interface PartAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  /** Base offset. If the records were appended, it is set even together with an error. */
  readonly baseOffset: number;
  readonly logStartOffset: number;
}

export interface ProduceAnswer {
  readonly parts: readonly PartAnswer[];
}

const allReplicas = -1;
const lastTimestampAt = 35;
/** Errors for which the response includes the log start offset. */
const withLogStart = ['NOT_ENOUGH_REPLICAS', 'INVALID_TIMESTAMP'].map(toErrorCode);

/**
 * Handles Produce requests, including those of transactions. Versions 3 to 7 have the same format for the simulated
 * brokers.
 */
export const produceApi: ApiHandler = {
  apiKey: 0,
  version: 7,
  handle(call) {
    const { request, cluster } = call;
    request.string(); // transactional id
    const acks = request.int16();
    const timeoutMs = request.int32();
    const parts = readTopics(request, () => ({ partition: request.int32(), batch: request.bytes() })).flatMap(
      ({ topic, partitions }) => partitions.map((part) => ({ topic, ...part })),
    );
    const answers: PartAnswer[] = [];
    const settled = (answer: PartAnswer): void => {
      answers.push(answer);
      if (answers.length === parts.length) {
        const whole = { parts: answers };
        const answered = cluster.hooks.edit === undefined ? whole : cluster.hooks.edit(call, whole);
        writeAnswer(call, answered);
      }
    };
    for (const part of parts) {
      store(call, part, { acks, timeoutMs, settled });
    }
  },
};

interface StoreOptions {
  readonly acks: number;
  readonly timeoutMs: number;
  readonly settled: (answer: PartAnswer) => void;
}

/** Appends a batch, and waits for the followers if the producer requests their acknowledgement. */
function store(call: ApiCall, part: ProducedPart, { acks, timeoutMs, settled }: StoreOptions): void {
  const { cluster } = call;
  const { topic, partition: number } = part;
  const partition = cluster.partition(topic, number);
  const refusal = cluster.hooks.refuse?.(call, part) || findRefusal(call, part, partition);
  const appended =
    refusal !== 0 || partition === undefined
      ? { errorCode: refusal, baseOffset: -1 }
      : partition.log.append(part.batch);
  const { baseOffset } = appended;
  const name = toPartitionName(topic, number);
  const note = (what: string): void =>
    cluster.world.note(`kafka-${call.broker}`, what, () => toPlain(part.batch).toString('latin1'));
  note(
    `${baseOffset < 0 ? 'does not append' : `appends at ${baseOffset}`} what ${call.clientId} sends to ${name}`,
  );
  const settle = (errorCode: number): void => {
    note(`answers for ${name}: ${errorCode === 0 ? `stored at ${baseOffset}` : toErrorName(errorCode)}`);
    const knowsStart = errorCode === 0 || baseOffset >= 0 || withLogStart.includes(errorCode);
    settled({
      ...{ topic, partition: number, errorCode, baseOffset },
      logStartOffset: knowsStart ? (partition?.log.startOffset ?? -1) : -1,
    });
  };
  if (appended.errorCode !== 0 || partition === undefined || acks !== allReplicas) {
    settle(appended.errorCode);
  } else {
    let isSettled = false;
    const settleOnce = (errorCode: number): void => {
      if (!isSettled) {
        isSettled = true;
        clear();
        settle(errorCode);
      }
    };
    const clear = cluster.world.after(timeoutMs, () => settleOnce(toErrorCode('REQUEST_TIMED_OUT')));
    partition.whenCommitted((isCommitted) => {
      note(`${name} ${isCommitted ? 'is committed up to there' : 'has another leader, with or without it'}`);
      settleOnce(isCommitted ? 0 : toErrorCode('NOT_LEADER_OR_FOLLOWER'));
    });
  }
  if (baseOffset >= 0 && partition !== undefined) {
    cluster.controller.replicate(partition);
  }
}

/** Finds the first error, with the checks in the same order as in a real broker. */
function findRefusal(
  { cluster, broker, fault }: ApiCall,
  { topic, batch }: ProducedPart,
  partition: Partition | undefined,
): number {
  const config = cluster.topics.get(topic)?.config;
  if (partition === undefined || config === undefined) {
    return toErrorCode('UNKNOWN_TOPIC_OR_PARTITION');
  }
  if (partition.leader !== broker) {
    return toErrorCode('NOT_LEADER_OR_FOLLOWER');
  }
  if (fault !== undefined) {
    return toErrorCode(fault);
  }
  if (!partition.hasEnoughInSync) {
    return toErrorCode('NOT_ENOUGH_REPLICAS');
  }
  if (batch.length > config.number('max.message.bytes')) {
    return toErrorCode('MESSAGE_TOO_LARGE');
  }
  if (!isSealed(batch)) {
    return toErrorCode('CORRUPT_MESSAGE');
  }
  // Uses the clock of the machine, which all processes share.
  const newestMs = Date.now() + config.number('message.timestamp.after.max.ms');
  if (batch.readBigInt64BE(lastTimestampAt) > newestMs) {
    return toErrorCode('INVALID_TIMESTAMP');
  }
  // Since Kafka 3.6, a broker rejects records of a transaction that is not open (KIP-890).
  const producer = { producerId: batch.readBigInt64BE(43), producerEpoch: batch.readInt16BE(51) };
  const isTransactional = (batch.readInt16BE(checkedFrom) & transactionalBit) !== 0;
  return isTransactional && !partition.log.hasOpenTransaction(producer.producerId)
    ? cluster.coordination.transactions.verify(
        { kind: 'partition', name: toPartitionName(topic, partition.partition) },
        producer,
      )
    : 0;
}

function writeAnswer({ throttleMs, answer }: ApiCall, answered: ProduceAnswer | undefined): void {
  if (answered === undefined) {
    return;
  }
  const topics = [...Map.groupBy(answered.parts, ({ topic }) => topic)].map(([topic, partitions]) => ({
    topic,
    partitions,
  }));
  answer((writer) => {
    writeTopics(writer, topics, ({ partition, errorCode, baseOffset, logStartOffset }) => {
      writer.int32(partition);
      writer.int16(errorCode);
      writer.int64(baseOffset);
      writer.int64(-1); // log append time: none
      writer.int64(logStartOffset);
    });
    writer.int32(throttleMs);
  });
}
