import type { SinkRecord } from '../../ports/sink.ts';
import type { RedisClient, Reply } from './redis-client.ts';
import { errorMeanings, RedisError, toRedisError } from './redis-error.ts';
import { toFields } from './stream-entry.ts';
import type { Confirmation } from './validate-redis-server.ts';

/** Records for one stream. */
export interface StreamBatch {
  readonly stream: string;
  readonly records: readonly Omit<SinkRecord, 'topic'>[];
  /** Runs when all of it is stored. @param ids of its entries, one for each record */
  readonly onStored?: ((ids: readonly string[]) => void) | undefined;
}

export interface WriteOptions {
  readonly confirmation: Confirmation;
  readonly replicas: number;
  /** How long the server may wait for disks and replicas. */
  readonly confirmTimeoutMs: number;
}

/**
 * Writes all batches and asks for the confirmation in one pipeline: what is confirmed are the writes of this connection.
 * Each batch is a transaction. A server that refuses one record for the moment refuses the whole batch, so a record never
 * gets before one that stood before it.
 *
 * @returns for each batch the error that kept it from being stored, or from being known to be
 */
export async function writeBatches(
  client: Pick<RedisClient, 'call'>,
  batches: readonly StreamBatch[],
  options: WriteOptions,
): Promise<(RedisError | undefined)[]> {
  // All of it in this turn: nothing gets between.
  const written = batches.map((batch) => writeBatch(client, batch));
  const confirmed = confirm(client, options);
  const results = await Promise.all(written);
  const missing = await confirmed;
  return results.map((result, index) => {
    if (result instanceof RedisError || missing !== undefined) {
      return result instanceof RedisError ? result : missing;
    }
    batches[index]?.onStored?.(result);
    return undefined;
  });
}

/** Sends what is due at once. @returns the identifiers of the entries, or why there are none */
async function writeBatch(
  client: Pick<RedisClient, 'call'>,
  { stream, records }: StreamBatch,
): Promise<RedisError | readonly string[]> {
  const add = (record: (typeof records)[number]) => client.call(['XADD', stream, '*', ...toFields(record)]);
  const [only, ...others] = records;
  // One command is a transaction by itself.
  const isAlone = only !== undefined && others.length === 0;
  const calls = isAlone ? [add(only)] : [client.call(['MULTI']), ...records.map(add), client.call(['EXEC'])];
  const settled = await Promise.allSettled(calls);
  // The first error is the reason; EXEC only says that there was one.
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    return toRedisError(failed.reason);
  }
  const answers = settled.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  const last = answers.at(-1);
  return checkIds(isAlone ? [last ?? null] : last, records.length);
}

/** Stored is only what the answer names: an identifier for each record. */
function checkIds(reply: Reply | undefined, count: number): RedisError | readonly string[] {
  if (!Array.isArray(reply) || reply.length !== count) {
    return new RedisError('answer', 'the answer does not account for every record');
  }
  const error = reply.find((each) => each instanceof Error);
  if (error !== undefined) {
    return toRedisError(error);
  }
  return reply.every(isEntryId)
    ? reply
    : new RedisError('answer', 'the answer gives no identifier for a record');
}

function isEntryId(value: Reply): value is string {
  return typeof value === 'string' && /^\d+-\d+$/.test(value);
}

/**
 * Asks whether everything that was written on this connection is stored.
 *
 * @returns why it is not known to be
 */
export async function confirm(
  client: Pick<RedisClient, 'call'>,
  { confirmation, replicas, confirmTimeoutMs }: WriteOptions,
): Promise<RedisError | undefined> {
  if (confirmation === 'memory' && replicas === 0) {
    return undefined;
  }
  const wanted = confirmation === 'memory' ? [replicas] : [1, replicas];
  const command = confirmation === 'memory' ? 'WAIT' : 'WAITAOF';
  const endsAt = performance.now() + confirmTimeoutMs;
  // A replica is asked once for each question, and says what its disk has at that moment. By itself it says so once a
  // second: asked again and again, it answers as soon as it has synced.
  let sliceMs = confirmation === 'waitaof' && replicas > 0 ? firstSliceMs : confirmTimeoutMs;
  for (;;) {
    const missing = await ask(client, command, wanted, Math.ceil(sliceMs));
    const leftMs = endsAt - performance.now();
    if (missing?.kind !== 'unsynced' || leftMs <= 0) {
      return missing;
    }
    sliceMs = Math.min(2 * sliceMs, lastSliceMs, leftMs);
  }
}

const firstSliceMs = 4;
const lastSliceMs = 128;

async function ask(
  client: Pick<RedisClient, 'call'>,
  command: string,
  wanted: readonly number[],
  timeoutMs: number,
): Promise<RedisError | undefined> {
  try {
    const reply = await client.call([command, ...wanted.map(String), String(timeoutMs)]);
    return checkCounts(Array.isArray(reply) ? reply : [reply], wanted);
  } catch (thrown) {
    const error = toRedisError(thrown);
    return errorMeanings[error.kind].failure === undefined
      ? new RedisError('unconfirmed', `it does not say what is stored: ${error.message}`, { cause: error })
      : error;
  }
}

/** The server also answers when the time is over: the counts decide. */
function checkCounts(counts: readonly Reply[], wanted: readonly number[]): RedisError | undefined {
  if (counts.length !== wanted.length || !counts.every((count) => typeof count === 'number')) {
    return new RedisError('answer', 'the answer does not say how many have it on disk');
  }
  const isShort = wanted.map((least, index) => (counts[index] as number) < least);
  if (!isShort.includes(true)) {
    return undefined;
  }
  return new RedisError(
    'unsynced',
    wanted.length > 1 && isShort[0]
      ? 'its disk did not sync in time (is appendfsync no, or the disk slow or full?)'
      : `${counts.at(-1)} of ${wanted.at(-1)} replicas have it in time`,
  );
}
