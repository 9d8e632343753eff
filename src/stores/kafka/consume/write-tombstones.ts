import { toTombstone } from '../../../filter/output-record.ts';
import type { KafkaClient } from '../cluster/client/kafka-client.ts';
import { describeHidden, findStableEnd } from '../cluster/client/open-transaction.ts';
import { readBaseOffset, toProduceCall } from '../cluster/client/produce-call.ts';
import { KafkaAnswerError } from '../cluster/errors/kafka-answer-error.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';

export interface Tombstone {
  readonly key: Buffer;
  /** The highest of the entity; `undefined` when no state of it had one. */
  readonly revision: bigint | undefined;
}

/** A key has 512 characters at most where the receiver made it: a request is far below Kafka's usual limit. */
const perRequest = 200;
const replicationTimeoutMs = 8_000;

/**
 * Not idempotent, and in no transaction: a tombstone that is written twice erases no more than one.
 *
 * @returns an offset behind the last one
 * @throws {Error} when a broker refuses them
 */
export async function writeTombstones(
  client: Pick<KafkaClient, 'calls'>,
  of: TopicPartition,
  tombstones: readonly Tombstone[],
  nowMs: number,
): Promise<number> {
  let end = 0;
  for (let first = 0; first < tombstones.length; first += perRequest) {
    const part = tombstones.slice(first, first + perRequest);
    end = (await send(client, of, part, nowMs)) + part.length;
  }
  return end;
}

async function send(
  { calls }: Pick<KafkaClient, 'calls'>,
  of: TopicPartition,
  tombstones: readonly Tombstone[],
  nowMs: number,
): Promise<number> {
  const records = tombstones.map(({ key, revision }) => toTombstone(key, revision, nowMs));
  const call = toProduceCall({ ...of, records }, { replicationTimeoutMs, now: nowMs });
  try {
    return await calls.read(of, call, (answer) => readBaseOffset(answer, of));
  } catch (error) {
    // Its sentence names the right to Write; whoever asks a topic takes every missing right for that to Read.
    throw error instanceof KafkaAnswerError && error.errorCode > 0
      ? new Error(error.message, { cause: error })
      : error;
  }
}

const readableTimeoutMs = 45_000;

/**
 * Waits for the end of transactions that were open when the tombstones were written: what they commit stands before the
 * tombstones, and cannot be read until then. A transaction of the filter lasts 30 s at most.
 *
 * @returns where the committed records end then
 */
export async function whenReadable(
  { reader }: Pick<KafkaClient, 'reader'>,
  of: TopicPartition,
  offset: number,
  signal: AbortSignal,
): Promise<number> {
  const end = await findStableEnd(reader, of, { to: offset, waitMs: readableTimeoutMs, signal });
  if (end < offset) {
    throw new Error(
      `What is written may have states left: run it again when all can be read. ${describeHidden({ ...of, from: end, to: offset })}`,
    );
  }
  return end;
}
