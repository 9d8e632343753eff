import type { Clock } from '../../../runtime/clock.ts';
import { LogLimit } from '../../../runtime/log-limit.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { Lane } from '../../append/lane.ts';
import {
  type BatchOutcome,
  committed,
  type LaneSettings,
  type LaneStore,
  type RequestOutcome,
} from '../../append/lane-store.ts';
import type { QueuedBatch } from '../../append/partition-queue.ts';
import { ConnectionError, toConnectionError } from '../cluster/errors/connection-error.ts';
import { formatKafkaError } from '../cluster/errors/kafka-answer-error.ts';
import { findMeaning } from '../cluster/errors/kafka-errors.ts';
import { type BrokerAddress, formatBrokerAddress } from '../cluster/kafkajs/broker-address.ts';
import type { KafkaSinkMetrics, RetryCause } from './kafka-sink-metrics.ts';
import type { OpenProduceConnection, PartitionAnswer, ProduceConnection } from './produce-connection.ts';

/** Hears what a broker has answered, to read some of it back. */
export type SampleAnswer = (batches: readonly QueuedBatch[], answer: readonly PartitionAnswer[]) => void;

/** What the lanes to all brokers share. */
export interface BrokerLaneDeps {
  readonly openConnection: OpenProduceConnection;
  readonly settings: LaneSettings;
  readonly clock: Clock;
  readonly metrics: KafkaSinkMetrics;
  readonly logger: Logger;
  /** Something failed that a move of leadership could explain: asks for a new view of the cluster soon. */
  readonly refreshView: () => void;
  /** Whether records are taken may have changed. */
  readonly onChange: () => void;
  /** `undefined`: nothing is read back. */
  readonly sampleAnswer: SampleAnswer | undefined;
}

interface BrokerPlace {
  readonly broker: number;
  readonly address: BrokerAddress;
  readonly onCircuitChange: () => void;
}

/** What the broker says of each partition, or why it gave no answer. */
type Answer = readonly PartitionAnswer[] | ConnectionError;

/** A batch is halved until the bad record is alone, and each half that is rejected has a line. */
const rejectionLinesPerSecond = 1;

export type BrokerLane = ReturnType<typeof openBrokerLane>;

/** A lane to one broker: it carries the records of partitions that this broker leads. */
export function openBrokerLane(
  deps: BrokerLaneDeps,
  { broker, address: firstAddress, onCircuitChange }: BrokerPlace,
) {
  const { openConnection, settings, clock, metrics, logger, refreshView, onChange, sampleAnswer } = deps;
  let address = firstAddress;
  const noteThrottle = createThrottleNote(broker, deps);
  const rejectionLog = new LogLimit(clock, rejectionLinesPerSecond);
  const store: LaneStore<ProduceConnection, RetryCause> = {
    name: `Kafka broker ${broker}`,
    label: broker,
    openConnection: () => openConnection(address),
    async send({ connection, batches }) {
      const answer = await connection.produce(batches).catch(toConnectionError);
      const line = { broker, address: formatBrokerAddress(connection.address) };
      const outcome = classifyAnswer(batches, answer, { line, logger, rejectionLog });
      noteThrottle(connection);
      if (!(answer instanceof ConnectionError)) {
        sampleAnswer?.(batches, answer);
      }
      if (outcome.outcomes.some((each) => each.action === 'retry' && each.cause === 'stale_leader')) {
        refreshView();
      }
      return outcome;
    },
    reportConnectError(error, isFirst) {
      const { reason, message, advice } = toConnectionError(error);
      const line = { broker, address: formatBrokerAddress(address), reason };
      const text = advice === undefined ? message : `${message}: ${advice}`;
      logger[isFirst ? 'warn' : 'debug'](line, `cannot connect to kafka: ${text}`);
      return `broker ${line.address}: ${text}`;
    },
    onDisconnect: refreshView,
    onCircuitChange,
  };
  const lane = new Lane({ store, settings, clock, logger, metrics, onChange });
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

/** Reports what a broker says of its quota. */
function createThrottleNote(broker: number, { clock, metrics, logger }: BrokerLaneDeps) {
  let isThrottled = false;
  return (connection: ProduceConnection): void => {
    const throttleMs = connection.throttledUntil() - clock.now();
    if (throttleMs > 0) {
      metrics.throttled(broker, throttleMs / 1000);
      const level = isThrottled ? 'debug' : 'warn';
      logger[level](
        { broker, throttleMs: Math.round(throttleMs) },
        'the quota of this client on a kafka broker is used up',
      );
    }
    isThrottled = throttleMs > 0;
  };
}

interface Report {
  readonly logger: Logger;
  /** Broker and address, for log lines. */
  readonly line: object;
  readonly rejectionLog: LogLimit;
}

export function classifyAnswer(
  batches: readonly QueuedBatch[],
  answer: Answer,
  report: Report,
): RequestOutcome<RetryCause> {
  if (answer instanceof ConnectionError) {
    const { reason, message } = answer;
    report.logger.warn({ ...report.line, reason }, `kafka gave no answer: ${message}`);
    return { failure: reason, outcomes: batches.map(() => ({ action: 'retry', cause: reason })) };
  }
  const outcomes = batches.map((batch) => classifyBatch(batch, answer, report));
  return { failure: outcomes.includes(unaccounted) ? 'answer_check' : undefined, outcomes };
}

/** The answer does not say that the batch is stored, nor why not. */
const unaccounted = { action: 'retry', cause: 'answer_check' } as const;

/**
 * Stored is only what the answer names with error code 0 and an offset: an answer that leaves a partition out, or gives no
 * offset, has acknowledged nothing. A code that is not known here is taken as temporary: the records are kept.
 */
function classifyBatch(
  { topic, partition, entries }: QueuedBatch,
  answers: readonly PartitionAnswer[],
  { logger, rejectionLog }: Report,
): BatchOutcome<RetryCause> {
  const answer = answers.find((each) => each.partition === partition && each.topic === topic);
  const errorCode = answer?.errorCode ?? 0;
  if (errorCode === 0) {
    return /^\d+$/.test(answer?.baseOffset ?? '') ? committed : unaccounted;
  }
  const failure = findMeaning(errorCode).produce ?? { action: 'retry', cause: 'broker_error' };
  const line = { topic, partition, records: entries.length, errorCode };
  if (failure.action === 'reject') {
    const allowed = rejectionLog.take();
    if (allowed !== undefined) {
      const { reason } = failure;
      logger.warn({ ...line, reason, suppressed: allowed.suppressed }, 'kafka rejected records');
    }
    return failure;
  }
  if (failure.action === 'retry') {
    logger.debug({ ...line, reason: failure.cause }, 'kafka did not store records, trying again');
  }
  return { ...failure, problem: formatKafkaError(errorCode, { api: 'Produce', topic }) };
}
