import { toTombstone } from '../../../filter/output-record.ts';
import type { KafkaClient } from '../cluster/client/kafka-client.ts';
import { describeOpenTransaction, waitForStableEnd } from '../cluster/client/open-transaction.ts';
import { readBaseOffset, toProduceCall } from '../cluster/client/produce-call.ts';
import { KafkaAnswerError } from '../cluster/errors/kafka-answer-error.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';

export interface Tombstone {
  readonly key: Buffer;
  /** Highest revision of the entity, or `undefined` if none of its states has a revision. */
  readonly revision: bigint | undefined;
}

/**
 * Number of tombstones per request. Keys of the receiver have at most 512 characters, so requests stay far below the
 * default Kafka limit.
 */
const tombstonesPerRequest = 200;
const replicationTimeoutMs = 8_000;

/**
 * Writes tombstones without idempotence and outside of transactions, because a duplicate tombstone is harmless.
 *
 * @returns the offset after the last tombstone
 * @throws {Error} if a broker rejects the tombstones
 */
export async function writeTombstones(
  client: Pick<KafkaClient, 'calls'>,
  of: TopicPartition,
  tombstones: readonly Tombstone[],
  nowMs: number,
): Promise<number> {
  let end = 0;
  for (let firstIndex = 0; firstIndex < tombstones.length; firstIndex += tombstonesPerRequest) {
    const batch = tombstones.slice(firstIndex, firstIndex + tombstonesPerRequest);
    end = (await sendTombstones(client, of, batch, nowMs)) + batch.length;
  }
  return end;
}

async function sendTombstones(
  { calls }: Pick<KafkaClient, 'calls'>,
  of: TopicPartition,
  tombstones: readonly Tombstone[],
  nowMs: number,
): Promise<number> {
  const records = tombstones.map(({ key, revision }) => toTombstone(key, revision, nowMs));
  const call = toProduceCall([{ ...of, records }], { replicationTimeoutMs, now: nowMs });
  try {
    return await calls.read(of, call, (answer) => readBaseOffset(answer, of));
  } catch (error) {
    // The error names the missing Write permission. It is wrapped, because `explainFailure` would report a missing Read
    // permission instead.
    throw error instanceof KafkaAnswerError && error.errorCode > 0
      ? new Error(error.message, { cause: error })
      : error;
  }
}

const readableTimeoutMs = 45_000;

/**
 * Waits for transactions that were open when the tombstones were written. The records of these transactions precede
 * the tombstones and are unreadable until the transactions end. A transaction of the filter lasts at most 30 s.
 *
 * @returns the end of the committed records after the wait
 */
export async function waitUntilTombstonesReadable(
  { reader }: Pick<KafkaClient, 'reader'>,
  of: TopicPartition,
  offset: number,
  signal: AbortSignal,
): Promise<number> {
  const end = await waitForStableEnd(reader, of, { to: offset, waitMs: readableTimeoutMs, signal });
  if (end < offset) {
    throw new Error(
      `Some records are not readable yet and may contain states. Run the command again later. ${describeOpenTransaction({ ...of, from: end, to: offset })}`,
    );
  }
  return end;
}
