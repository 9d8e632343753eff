import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { LogRateLimit } from '../../../runtime/log-rate-limit.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { Lane } from '../../append/lane.ts';
import {
  type BatchOutcome,
  commitOutcome,
  type LaneSettings,
  type LaneStore,
  type RequestOutcome,
} from '../../append/lane-store.ts';
import type { QueuedBatch } from '../../append/partition-queue.ts';
import { toProduceCall } from '../cluster/client/produce-call.ts';
import { ConnectionError, toConnectionError } from '../cluster/errors/connection-error.ts';
import { formatKafkaError } from '../cluster/errors/kafka-answer-error.ts';
import { findErrorMeaning } from '../cluster/errors/kafka-errors.ts';
import { type BrokerAddress, formatBrokerAddress } from '../cluster/kafkajs/broker-address.ts';
import type { KafkaConnection } from '../cluster/kafkajs/kafka-connection.ts';
import {
  createKafkajsConnection,
  type KafkajsConnectionDeps,
} from '../cluster/kafkajs/kafkajs-connection.ts';
import type { Compressor } from '../wire/compression.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import type { ClusterWatcher } from './cluster-watcher.ts';
import type { KafkaSinkMetrics, RetryCause } from './kafka-sink-metrics.ts';

export interface PartitionAnswer extends TopicPartition {
  /** Kafka's protocol error code. 0 means success. */
  readonly errorCode: number;
  /** Offset as a decimal number, which is negative if the broker stored nothing. */
  readonly baseOffset: string;
}

/** Receives each response of a broker, to read back a sample of the acknowledged records. */
export type AnswerSampler = (batches: readonly QueuedBatch[], answer: readonly PartitionAnswer[]) => void;

/** A connection that carries records. */
export interface ProduceConnection extends Omit<KafkaConnection, 'call' | 'supports'> {
  /**
   * Sends one produce request and returns the response for each partition, whether it is a success or an error.
   * Rejects if no response arrives, in which case it is unknown whether the records are stored.
   */
  produce(batches: readonly QueuedBatch[]): Promise<readonly PartitionAnswer[]>;
}

interface ProduceConnectionDeps extends KafkajsConnectionDeps {
  readonly compressor: Compressor | undefined;
  /** Samples responses, or `undefined` if no records are read back. */
  readonly sampleAnswer: AnswerSampler | undefined;
}

export function createProduceConnection(deps: ProduceConnectionDeps): ProduceConnection {
  const { call, supports: _, ...connection } = createKafkajsConnection(deps);
  const { settings, compressor, sampleAnswer } = deps;
  const replicationTimeoutMs = toReplicationTimeout(settings.requestTimeoutMs);
  return {
    ...connection,
    async produce(batches) {
      const options = { now: systemClock.epochMs(), replicationTimeoutMs, compressor };
      const { topics } = (await call(toProduceCall(batches, options))) as WireProduceAnswer;
      const partitionAnswers = topics.flatMap(({ topicName, partitions }) =>
        partitions.map((partition) => ({ topic: topicName, ...partition })),
      );
      sampleAnswer?.(batches, partitionAnswers);
      return partitionAnswers;
    },
  };
}

/** Returns how long the broker may wait for its followers and still respond before the request times out. */
export function toReplicationTimeout(requestTimeoutMs: number): number {
  return requestTimeoutMs - 500;
}

interface WireProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly Omit<PartitionAnswer, 'topic'>[];
  }[];
}

export interface BrokerLaneDeps {
  readonly openConnection: (address: BrokerAddress) => ProduceConnection;
  readonly settings: LaneSettings;
  readonly clock: Clock;
  readonly metrics: KafkaSinkMetrics;
  readonly logger: Logger;
  /** Requests a new description of the cluster soon after a failure that a leader change could explain. */
  readonly watcher: Pick<ClusterWatcher, 'refresh'>;
}

interface BrokerLocation {
  readonly broker: number;
  readonly address: BrokerAddress;
  readonly onCircuitChange: () => void;
}

/** Response of the broker for each partition, or the reason why no response arrived. */
type ProduceAnswer = readonly PartitionAnswer[] | ConnectionError;

/**
 * Maximum number of log lines per second about rejections. A rejected batch is halved until the bad record is
 * isolated, and each rejected half would otherwise be logged.
 */
const rejectionLinesPerSecond = 1;

export type BrokerLane = ReturnType<typeof openBrokerLane>;

/** Opens a lane to one broker: a connection with queues for the partitions that this broker leads. */
export function openBrokerLane(
  deps: BrokerLaneDeps,
  { broker, address: firstAddress, onCircuitChange }: BrokerLocation,
) {
  const { openConnection, settings, clock, metrics, logger, watcher } = deps;
  let address = firstAddress;
  const reportThrottle = createThrottleReporter(broker, deps);
  const rejectionLogLimit = new LogRateLimit(clock, rejectionLinesPerSecond);
  const store: LaneStore<ProduceConnection, RetryCause> = {
    name: `Kafka broker ${broker}`,
    label: broker,
    openConnection: () => openConnection(address),
    async send({ connection, batches }) {
      const answer = await connection.produce(batches).catch(toConnectionError);
      const line = { broker, address: formatBrokerAddress(connection.address) };
      const outcome = classifyAnswer(batches, answer, { line, logger, rejectionLog: rejectionLogLimit });
      reportThrottle(connection);
      if (outcome.outcomes.some((each) => each.action === 'retry' && each.cause === 'stale_leader')) {
        watcher.refresh();
      }
      return outcome;
    },
    reportConnectError(error, isFirst) {
      const { reason, message, advice } = toConnectionError(error);
      const line = { broker, address: formatBrokerAddress(address), reason };
      const text = advice === undefined ? message : `${message}: ${advice}`;
      logger[isFirst ? 'warn' : 'debug'](line, `cannot connect to Kafka: ${text}`);
      return `broker ${line.address}: ${text}`;
    },
    onDisconnect: () => watcher.refresh(),
    onCircuitChange,
  };
  const lane = new Lane({ store, settings, clock, logger, metrics });
  return {
    broker,
    lane,
    moveTo(next: BrokerAddress): void {
      if (next.host !== address.host || next.port !== address.port) {
        address = next;
        lane.reconnect();
      }
    },
  };
}

/** Creates a function that logs and counts the pauses that a broker requires because of a quota. */
function createThrottleReporter(broker: number, { clock, metrics, logger }: BrokerLaneDeps) {
  let isThrottled = false;
  return (connection: ProduceConnection): void => {
    const throttleMs = connection.throttledUntil() - clock.now();
    if (throttleMs > 0) {
      metrics.throttled(broker, throttleMs / 1000);
      const level = isThrottled ? 'debug' : 'warn';
      logger[level](
        { broker, throttleMs: Math.round(throttleMs) },
        'a Kafka broker throttles this client because a quota is exceeded',
      );
    }
    isThrottled = throttleMs > 0;
  };
}

interface ThrottleReport {
  readonly logger: Logger;
  /** Log fields that name the broker and its address. */
  readonly line: object;
  readonly rejectionLog: LogRateLimit;
}

export function classifyAnswer(
  batches: readonly QueuedBatch[],
  answer: ProduceAnswer,
  report: ThrottleReport,
): RequestOutcome<RetryCause> {
  if (answer instanceof ConnectionError) {
    const { reason, message } = answer;
    report.logger.warn({ ...report.line, reason }, `Kafka did not respond to a produce request: ${message}`);
    return { failure: reason, outcomes: batches.map(() => ({ action: 'retry', cause: reason })) };
  }
  const outcomes = batches.map((batch) => classifyBatch(batch, answer, report));
  return { failure: outcomes.includes(unconfirmedRetry) ? 'answer_check' : undefined, outcomes };
}

/** The response neither confirms that the batch is stored nor contains an error for the batch. */
const unconfirmedRetry = { action: 'retry', cause: 'answer_check' } as const;

/**
 * Decides the outcome of a batch. The batch counts as stored only if the response contains its partition with error
 * code 0 and an offset. A response without the partition or the offset acknowledges nothing. An unknown error code
 * counts as temporary, so the records are retried.
 */
function classifyBatch(
  { topic, partition, entries }: QueuedBatch,
  answers: readonly PartitionAnswer[],
  { logger, rejectionLog }: ThrottleReport,
): BatchOutcome<RetryCause> {
  const answer = answers.find((each) => each.partition === partition && each.topic === topic);
  const errorCode = answer?.errorCode ?? 0;
  if (errorCode === 0) {
    return /^\d+$/.test(answer?.baseOffset ?? '') ? commitOutcome : unconfirmedRetry;
  }
  const failure = findErrorMeaning(errorCode).produce ?? { action: 'retry', cause: 'broker_error' };
  const line = { topic, partition, records: entries.length, errorCode };
  if (failure.action === 'reject') {
    const logPermit = rejectionLog.take();
    if (logPermit !== undefined) {
      const { reason } = failure;
      logger.warn({ ...line, reason, suppressed: logPermit.suppressed }, 'Kafka rejected records');
    }
    return failure;
  }
  if (failure.action === 'retry') {
    logger.debug(
      { ...line, reason: failure.cause },
      'Kafka did not store records: the receiver retries them',
    );
  }
  return { ...failure, problem: formatKafkaError(errorCode, { api: 'Produce', topic }) };
}
