import { setTimeout as delay } from 'node:timers/promises';
import { readEpochEndOffset } from '../../../src/stores/kafka/cluster/client/partition-reader.ts';
import type { KafkaCall } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import type { EpochEndOffsetResponse } from '../../../src/stores/kafka/wire/epoch-end-offset-codec.ts';
import {
  type FetchedPartitions,
  fetchCodec,
  findPartition,
} from '../../../src/stores/kafka/wire/fetch-codec.ts';
import { produceVersion, writeProduceBody } from '../../../src/stores/kafka/wire/write-produce-body.ts';
import type { ProducerIdentity } from '../../../src/stores/kafka/wire/write-record-batch.ts';
import { readRecordBatches } from '../../support/kafka/read-record-batches.ts';
import { askUntilDone, type Coded, type QuestionsDeps } from './script-target.ts';

interface FetchFacts {
  readonly fromOffset?: number;
  readonly leaderEpoch?: number;
  readonly partition?: number;
  readonly maxWaitMs?: number;
}

const partition = 0;

/** Creates functions that send requests to the leader of a partition. */
export function createLogQuestions({ target, connection, lines }: QuestionsDeps) {
  const { topic, transactionalId } = target;
  /** Timestamp base of the records. A broker starts a new segment for a record that is much later than the last one. */
  const beganAtMs = Date.now();

  async function produce(
    what: string,
    values: readonly string[],
    producer?: ProducerIdentity,
    firstSequence = 0,
  ) {
    const records = values.map((value, index) => ({
      ...{ key: value, value: Buffer.from(value), headers: {} },
      timestampMs: beganAtMs + index,
    }));
    const options = {
      ...{ now: beganAtMs, replicationTimeoutMs: 5_000 },
      ...(producer !== undefined && { transactionalId, producer: { ...producer, firstSequence } }),
    };
    const call: KafkaCall = {
      api: 'Produce',
      parameters: { acks: -1, timeout: 5_000, topicData: [] },
      codec: {
        version: produceVersion,
        write: (writer) => writeProduceBody(writer, [{ topic, partition, records }], options),
      },
    };
    type Answer = {
      readonly topics: readonly {
        readonly partitions: readonly (Coded & { readonly baseOffset: string })[];
      }[];
    };
    const of = ({ topics }: Answer) => topics[0]?.partitions[0];
    const answer = of(await askUntilDone<Answer>(connection, call, (each) => of(each)?.errorCode));
    lines.push([what, answer?.errorCode, answer?.baseOffset]);
  }

  async function fetch(what: string, isolationLevel: number, facts: FetchFacts = {}): Promise<void> {
    const { fromOffset = 0, leaderEpoch = -1, partition: wanted = partition, maxWaitMs = 50 } = facts;
    const asked = {
      partition: wanted,
      currentLeaderEpoch: leaderEpoch,
      fetchOffset: fromOffset,
      maxBytes: 1_000_000,
    };
    const answer = (await connection.call({
      api: 'Fetch',
      parameters: {
        ...{
          replicaId: -1,
          maxWaitTime: maxWaitMs,
          minBytes: 1,
          maxBytes: 1_000_000,
          isolationLevel,
          rackId: '',
        },
        topics: [{ topic, partitions: [asked] }],
      },
      codec: fetchCodec,
    })) as FetchedPartitions;
    const found = findPartition(answer, { topic, partition: wanted });
    const { recordSet = Buffer.alloc(0), abortedTransactions = [] } = found ?? {};
    const { records, nextOffset } = readRecordBatches(recordSet, fromOffset, abortedTransactions);
    lines.push([
      what,
      found?.errorCode,
      found?.lastStableOffset,
      nextOffset,
      abortedTransactions.map(({ firstOffset }) => firstOffset),
      records.map(({ offset, value }) => `${offset} ${String(value)}`),
    ]);
  }

  async function listOffset(timestamp: number, isolationLevel: number): Promise<readonly unknown[]> {
    const answer = (await connection.call({
      api: 'ListOffsets',
      parameters: {
        replicaId: -1,
        isolationLevel,
        topics: [{ topic, partitions: [{ partition, timestamp }] }],
      },
    })) as {
      readonly responses: readonly {
        readonly partitions: readonly (Coded & { readonly offset: string })[];
      }[];
    };
    const found = answer.responses[0]?.partitions[0];
    return [found?.errorCode, found?.offset];
  }

  /** Waits until the log has this end offset. The brokers write markers only after the response to EndTxn. */
  async function whenEnd(offset: number): Promise<void> {
    while ((await listOffset(-1, 1))[1] !== String(offset)) {
      await delay(20);
    }
  }

  /** Fetches at the end of the log, so that the reader is waiting when its topic is deleted. */
  async function fetchWhileDeleted(what: string): Promise<void> {
    const maxWaitMs = 10_000;
    const fromOffset = Number((await listOffset(-1, 1))[1]);
    const askedAtMs = performance.now();
    const answered = fetch(what, 1, { fromOffset, leaderEpoch: 0, maxWaitMs });
    await delay(500);
    await target.deleteTopic();
    await answered;
    lines.push(['answered at once', performance.now() - askedAtMs < maxWaitMs - 1_000]);
  }

  async function epochEnd(epoch: number, currentEpoch: number): Promise<void> {
    const question = readEpochEndOffset({ topic, partition, currentEpoch, epoch });
    const { responses } = (await connection.call(question)) as EpochEndOffsetResponse;
    const { errorCode, epoch: found, endOffset } = responses[0]?.partitions[0] ?? {};
    lines.push([`epoch ${epoch} of ${currentEpoch}`, errorCode, found, endOffset]);
  }

  return { beganAtMs, produce, fetch, listOffset, whenEnd, fetchWhileDeleted, epochEnd };
}
