import { errorCodes } from '../../../../src/kafka/errors/kafka-errors.ts';
import { crc32c } from '../../../../src/kafka/wire/crc32c.ts';
import type { WireReader } from '../../../../src/kafka/wire/wire-reader.ts';
import type { WireWriter } from '../../../../src/kafka/wire/wire-writer.ts';
import type { KafkaApi, KafkaRequest } from '../kafka-api.ts';
import type { SimulatedPartition } from '../simulated-partition.ts';

/** What a request writes to one partition. */
export interface ProducedPart {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

/** What the broker says of it. */
export interface PartAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  /** Also beside an error, when it was appended. */
  readonly baseOffset: number;
  readonly logStartOffset: number;
}

export interface ProduceAnswer {
  readonly parts: readonly PartAnswer[];
  readonly throttleMs: number;
}

export interface ProduceHooks {
  /** An error for a part that is not even looked at; 0 for none. */
  readonly refuse: (request: KafkaRequest, part: ProducedPart) => number;
  /** What the broker says instead of the truth; `undefined`: it never answers. */
  readonly edit: (request: KafkaRequest, answer: ProduceAnswer) => ProduceAnswer | undefined;
}

const corruptMessage = 2;
const crcAt = 17;
const checkedFrom = 21;
const lastTimestampAt = 35;
const logStartOffset = 0;
/** Refusals that tell where the log begins. */
const withLogStart = [errorCodes.NOT_ENOUGH_REPLICAS, errorCodes.INVALID_TIMESTAMP];

/** Versions 3 to 7 differ in nothing that is written here. */
export function createProduce({ refuse, edit }: ProduceHooks): KafkaApi {
  return {
    key: 0,
    versions: { from: 7, to: 7 },
    answer(request, reply) {
      const { timeoutMs, parts } = readRequest(request.body);
      const answers: PartAnswer[] = [];
      const settled = (answer: PartAnswer): void => {
        answers.push(answer);
        if (answers.length === parts.length) {
          const answered = edit(request, { parts: answers, throttleMs: 0 });
          if (answered !== undefined) {
            reply((writer) => writeAnswer(writer, answered));
          }
        }
      };
      for (const part of parts) {
        store(request, part, { timeoutMs, errorCode: refuse(request, part), settled });
      }
    },
  };
}

interface StoreOptions {
  readonly timeoutMs: number;
  readonly errorCode: number;
  readonly settled: (answer: PartAnswer) => void;
}

/** Appends a batch, and waits for the followers. */
function store(
  request: KafkaRequest,
  part: ProducedPart,
  { timeoutMs, errorCode, settled }: StoreOptions,
): void {
  const { cluster } = request;
  const { topic, partition: number, batch } = part;
  const partition = cluster.partition(topic, number);
  const refusal = errorCode === 0 ? findRefusal(request, part, partition) : errorCode;
  if (refusal !== 0 || partition === undefined) {
    const knownStart = withLogStart.includes(refusal) ? logStartOffset : -1;
    settled({ topic, partition: number, errorCode: refusal, baseOffset: -1, logStartOffset: knownStart });
    return;
  }
  const baseOffset = partition.append(batch);
  let isSettled = false;
  const settle = (code: number): void => {
    if (!isSettled) {
      isSettled = true;
      clear();
      settled({ topic, partition: number, errorCode: code, baseOffset, logStartOffset });
    }
  };
  const clear = cluster.world.after(timeoutMs, () => settle(errorCodes.REQUEST_TIMED_OUT));
  partition.whenCommitted(partition.end, (isCommitted) =>
    settle(isCommitted ? 0 : errorCodes.NOT_LEADER_OR_FOLLOWER),
  );
  cluster.replicate(partition);
}

/** The first thing that a broker finds, in its order. */
function findRefusal(
  { cluster, broker }: KafkaRequest,
  { topic, batch }: ProducedPart,
  partition: SimulatedPartition | undefined,
): number {
  const config = cluster.topics.get(topic)?.config;
  if (partition === undefined || config === undefined) {
    return errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
  }
  if (partition.leader !== broker.id) {
    return errorCodes.NOT_LEADER_OR_FOLLOWER;
  }
  if (!partition.hasEnoughInSync) {
    return errorCodes.NOT_ENOUGH_REPLICAS;
  }
  if (batch.length > config.number('max.message.bytes')) {
    return errorCodes.MESSAGE_TOO_LARGE;
  }
  if (batch.readUInt32BE(crcAt) !== crc32c(batch, checkedFrom, batch.length)) {
    return corruptMessage;
  }
  // By the clock of the machine, which is that of all.
  const newestMs = Date.now() + config.number('message.timestamp.after.max.ms');
  return batch.readBigInt64BE(lastTimestampAt) > newestMs ? errorCodes.INVALID_TIMESTAMP : 0;
}

function readRequest(body: WireReader) {
  body.string(); // transactional id
  body.int16(); // acks: all
  const timeoutMs = body.int32();
  const parts = body.array(() => {
    const topic = body.string();
    return body.array(() => ({ topic, partition: body.int32(), batch: body.bytes() }));
  });
  return { timeoutMs, parts: parts.flat() };
}

function writeAnswer(writer: WireWriter, { parts, throttleMs }: ProduceAnswer): void {
  const topics = [...new Set(parts.map(({ topic }) => topic))];
  writer.array(topics, (name) => {
    writer.string(name);
    writer.array(
      parts.filter(({ topic }) => topic === name),
      (part) => {
        writer.int32(part.partition);
        writer.int16(part.errorCode);
        writer.int64(part.baseOffset);
        writer.int64(-1);
        writer.int64(part.logStartOffset);
      },
    );
  });
  writer.int32(throttleMs);
}
