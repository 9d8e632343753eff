import { digestRecord, type ReadBack, type ReadBackSampler } from '../../ports/read-back.ts';
import type { SinkRecord } from '../../ports/sink.ts';
import { openRedis } from './open-redis.ts';
import { findReplyValue, isIdBefore, parseEntries, replaceMissingKeyError } from './read-stream.ts';
import type { RedisAccessConfig } from './redis-access.ts';
import type { RedisClient, RedisReply } from './redis-client.ts';

/** Reads back samples of acknowledged entries over a separate connection. */
export class RedisReadBack {
  readonly #config: RedisAccessConfig;
  readonly #sampler: ReadBackSampler;
  #client: RedisClient | undefined;

  constructor(config: RedisAccessConfig, sampler: ReadBackSampler) {
    this.#config = config;
    this.#sampler = sampler;
    sampler.signal.addEventListener('abort', () => this.#client?.close(), { once: true });
  }

  /**
   * Chooses one of the batches if a sample is due.
   *
   * @returns the index of the batch, and a function to call with the entry IDs after they are stored
   */
  choose(batches: readonly { readonly records: readonly SinkRecord[] }[]) {
    const index = Math.floor(Math.random() * batches.length);
    const records = batches[index]?.records ?? [];
    return this.#sampler.isDue && records.length > 0
      ? { index, take: (stream: string, ids: readonly string[]) => this.#take(records, stream, ids) }
      : undefined;
  }

  #take(records: readonly SinkRecord[], stream: string, ids: readonly string[]): void {
    const index = Math.floor(Math.random() * records.length);
    const record = records[index] as SinkRecord;
    const id = ids[index] as string;
    const expectedDigest = digestRecord(record);
    this.#sampler.take({
      place: `${stream}/${id}`,
      id: record.headers.ce_id,
      readBytes: record.value.length,
      readBack: () => this.#read(stream, id, expectedDigest),
    });
  }

  async #read(stream: string, id: string, wanted: string): Promise<ReadBack> {
    const client = await this.#connect();
    const [entry] = parseEntries(await client.callForBytes(['XRANGE', stream, id, id]));
    if (entry !== undefined) {
      return digestRecord(entry) === wanted
        ? { outcome: 'same', detail: '' }
        : { outcome: 'different', detail: 'the entry with this id has another key or value' };
    }
    const consumerGroup = await findConsumerGroup(client, stream, id);
    if (consumerGroup !== undefined) {
      return {
        outcome: 'removed',
        detail: `the consumer group ${consumerGroup} has received the entry, and may have removed it`,
      };
    }
    const [first] = parseEntries(await client.callForBytes(['XRANGE', stream, '-', '+', 'COUNT', '1']));
    const detail =
      first === undefined
        ? `the stream ${stream} does not exist or is empty`
        : `the stream starts at ${first.id} and does not contain the entry: it was trimmed or deleted, or the server has lost it`;
    return { outcome: 'missing', detail };
  }

  async #connect(): Promise<RedisClient> {
    if (this.#client?.isOpen() !== true) {
      this.#client = await openRedis(this.#config);
    }
    // The sampler may have stopped while the connection was being opened.
    if (this.#sampler.signal.aborted) {
      this.#client.close();
    }
    return this.#client;
  }
}

/** Finds a consumer group that has received the entry, because consumers may remove entries that they have processed. */
async function findConsumerGroup(
  { call }: RedisClient,
  stream: string,
  id: string,
): Promise<string | undefined> {
  const groups = await call(['XINFO', 'GROUPS', stream]).catch(replaceMissingKeyError);
  for (const facts of Array.isArray(groups) ? (groups as readonly RedisReply[]) : []) {
    const lastDeliveredId = findReplyValue(facts, 'last-delivered-id');
    if (typeof lastDeliveredId === 'string' && !isIdBefore(lastDeliveredId, id)) {
      return String(findReplyValue(facts, 'name'));
    }
  }
  return undefined;
}
