import type { SinkRecord } from '../../ports/sink.ts';
import type { RedisClient, RedisReply } from './redis-client.ts';
import { errorMeanings, RedisError, toRedisError } from './redis-error.ts';
import { toFields } from './stream-entry.ts';
import type { Confirmation } from './validate-redis-server.ts';

export interface StreamBatch {
  readonly stream: string;
  readonly records: readonly Omit<SinkRecord, 'topic'>[];
  /** Called when the whole batch is stored. @param ids entry ID of each record */
  readonly onStored?: ((ids: readonly string[]) => void) | undefined;
}

export interface WriteOptions {
  readonly confirmation: Confirmation;
  readonly replicas: number;
  /** Maximum time in milliseconds that the server may wait for disks and replicas. */
  readonly confirmTimeoutMs: number;
}

/**
 * Writes all batches and requests their confirmation in one pipeline. A confirmation covers all writes of its
 * connection. Each batch is a transaction, so if the server temporarily rejects one record, it rejects the whole batch.
 * A record is therefore never stored before an earlier record of its batch.
 *
 * @returns for each batch, the error that may have prevented it from being stored
 */
export async function writeBatches(
  client: Pick<RedisClient, 'call'>,
  batches: readonly StreamBatch[],
  options: WriteOptions,
): Promise<(RedisError | undefined)[]> {
  // Sends all commands in the same turn, so that no other command can be sent between them.
  const writePromises = batches.map((batch) => writeBatch(client, batch));
  const confirmationPromise = confirmWrites(client, options);
  const results = await Promise.all(writePromises);
  const confirmationError = await confirmationPromise;
  return results.map((result, index) => {
    if (result instanceof RedisError || confirmationError !== undefined) {
      return result instanceof RedisError ? result : confirmationError;
    }
    batches[index]?.onStored?.(result);
    return undefined;
  });
}

/** Sends one batch without waiting between commands. @returns the entry IDs, or the error */
async function writeBatch(
  client: Pick<RedisClient, 'call'>,
  { stream, records }: StreamBatch,
): Promise<RedisError | readonly string[]> {
  const add = (record: (typeof records)[number]) => client.call(['XADD', stream, '*', ...toFields(record)]);
  const [only, ...others] = records;
  // A single command needs no transaction.
  const isSingleBatch = only !== undefined && others.length === 0;
  const pendingCalls = isSingleBatch
    ? [add(only)]
    : [client.call(['MULTI']), ...records.map(add), client.call(['EXEC'])];
  const settledCalls = await Promise.allSettled(pendingCalls);
  // The first error contains the cause, because EXEC reports only that a command failed.
  const failedCall = settledCalls.find((each) => each.status === 'rejected');
  if (failedCall !== undefined) {
    return toRedisError(failedCall.reason);
  }
  const replies = settledCalls.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const ids = (isSingleBatch ? replies : replies.at(-1)) as readonly (string | Error)[];
  const error = ids.find((each) => each instanceof Error);
  return error === undefined ? (ids as readonly string[]) : toRedisError(error);
}

/**
 * Waits until all writes of this connection are stored.
 *
 * @returns an error if some writes may not be stored
 */
export async function confirmWrites(
  client: Pick<RedisClient, 'call'>,
  { confirmation, replicas, confirmTimeoutMs }: WriteOptions,
): Promise<RedisError | undefined> {
  if (confirmation === 'memory' && replicas === 0) {
    return undefined;
  }
  const wantedCounts = confirmation === 'memory' ? [replicas] : [1, replicas];
  const command = confirmation === 'memory' ? 'WAIT' : 'WAITAOF';
  const endsAt = performance.now() + confirmTimeoutMs;
  // Replicas report what is on their disks once for each WAITAOF, and otherwise once a second. Repeating the command
  // returns the confirmation as soon as a replica has synced.
  let waitSliceMs = confirmation === 'waitaof' && replicas > 0 ? firstWaitSliceMs : confirmTimeoutMs;
  for (;;) {
    const confirmationError = await queryConfirmation(client, command, wantedCounts, Math.ceil(waitSliceMs));
    const remainingMs = endsAt - performance.now();
    if (confirmationError?.kind !== 'unsynced' || remainingMs <= 0) {
      return confirmationError;
    }
    waitSliceMs = Math.min(2 * waitSliceMs, maxWaitSliceMs, remainingMs);
  }
}

const firstWaitSliceMs = 4;
const maxWaitSliceMs = 128;

async function queryConfirmation(
  client: Pick<RedisClient, 'call'>,
  command: string,
  wanted: readonly number[],
  timeoutMs: number,
): Promise<RedisError | undefined> {
  try {
    const reply = await client.call([command, ...wanted.map(String), String(timeoutMs)]);
    return checkConfirmationCounts(Array.isArray(reply) ? reply : [reply], wanted);
  } catch (thrown) {
    const error = toRedisError(thrown);
    return errorMeanings[error.kind].failure === undefined
      ? new RedisError(
          'unconfirmed',
          `the server cannot confirm that the records are stored: ${error.message}`,
          {
            cause: error,
          },
        )
      : error;
  }
}

/** Checks the counts, because the server also responds when its timeout expires. */
function checkConfirmationCounts(
  counts: readonly RedisReply[],
  wanted: readonly number[],
): RedisError | undefined {
  // A count that is missing is NaN, which confirms nothing.
  const areCountsTooLow = wanted.map((least, index) => !(Number(counts[index]) >= least));
  if (!areCountsTooLow.includes(true)) {
    return undefined;
  }
  return new RedisError(
    'unsynced',
    wanted.length > 1 && areCountsTooLow[0]
      ? 'the server did not sync to disk in time (appendfsync may be no, or the disk may be slow or full)'
      : `only ${Number(counts.at(-1))} of ${wanted.at(-1)} replicas confirmed in time`,
  );
}
