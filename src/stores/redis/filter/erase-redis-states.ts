import type { RedisConfig } from '../../../config/redis-config.ts';
import type { EraseRequest, FoundState } from '../../../ports/state-eraser.ts';
import { formatCount } from '../../../runtime/format.ts';
import { openRedis } from '../open-redis.ts';
import { readRedisRecords } from '../read-redis-records.ts';
import type { RedisClient, Reply } from '../redis-client.ts';
import { RedisError } from '../redis-error.ts';
import { confirm } from '../write-batches.ts';

/**
 * Takes everything out of a hash but the revision, which the filter compares with: without it an obsolete or repeated event
 * would be a new state. The time until the server deletes the hash stays as it is. A hash without a revision is deleted.
 *
 * KEYS: the hash. ARGV: `erase`, or anything else to look only. @returns nothing, or revision, name, time of the receipt
 */
const eraseScript = `
local hash = KEYS[1]
local fields = redis.call('HKEYS', hash)
local known = redis.call('HMGET', hash, 'revision', 'ce_type', 'received-at')
if #fields == 0 or (#fields == 1 and known[1]) then
  return {}
end
if ARGV[1] == 'erase' then
  if known[1] then
    for _, field in ipairs(fields) do
      if field ~= 'revision' then
        redis.call('HDEL', hash, field)
      end
    end
  else
    redis.call('DEL', hash)
  end
end
return {known[1] or '', known[2] or '', known[3] or ''}
`;

const perPipeline = 500;
const confirmTimeoutMs = 8_000;

/** Erases the hashes of these keys, and counts what the streams still have of them. @throws {RedisError} */
export async function* eraseRedisStates(
  config: RedisConfig,
  request: EraseRequest,
): AsyncGenerator<FoundState> {
  const { topics, keys, dryRun, signal } = request;
  const hashes = [...new Set(topics.map(({ latest }) => latest))].flatMap((topic) =>
    [...keys].map((key) => ({ topic, key, hash: `${topic}:${key}` })),
  );
  const client = await openRedis(config);
  try {
    for (let first = 0; first < hashes.length; first += perPipeline) {
      signal.throwIfAborted();
      const part = hashes.slice(first, first + perPipeline);
      const found = await Promise.all(part.map((each) => eraseHash(client, each, dryRun)));
      yield* found.filter((state) => state !== undefined);
    }
    if (!dryRun) {
      const confirmation = config.memoryOnly ? 'memory' : 'waitaof';
      const missing = await confirm(client, { confirmation, replicas: config.replicas, confirmTimeoutMs });
      if (missing !== undefined) {
        throw new Error(`${missing.message}: what was erased may come back after a crash, run it again`);
      }
    }
  } finally {
    client.close();
  }
  await noticeEntries(config, request);
}

interface StateHash {
  readonly topic: string;
  readonly key: string;
  readonly hash: string;
}

async function eraseHash(
  { call }: Pick<RedisClient, 'call'>,
  { topic, key, hash }: StateHash,
  dryRun: boolean,
): Promise<FoundState | undefined> {
  const reply = await call(['EVAL', eraseScript, '1', hash, dryRun ? 'look' : 'erase']);
  const fields: readonly Reply[] = Array.isArray(reply) ? reply : [null];
  if (fields.length === 0) {
    return undefined;
  }
  const [revision, name, receivedAt] = fields;
  if (typeof revision !== 'string' || typeof name !== 'string' || typeof receivedAt !== 'string') {
    throw new RedisError('answer', 'the script gave an unexpected answer');
  }
  const storedAtMs = Date.parse(receivedAt);
  return {
    topic,
    place: hash,
    key,
    name: name === '' ? undefined : name,
    revision: revision === '' ? undefined : revision,
    storedAtMs: Number.isNaN(storedAtMs) ? 0 : storedAtMs,
  };
}

async function noticeEntries(config: RedisConfig, request: EraseRequest): Promise<void> {
  const { topics, keys, signal, observer } = request;
  const counts = new Map<string, number>();
  const selection = { role: 'events', topics, sinceMs: 0, keys, mayBeMissing: true } as const;
  for await (const records of readRedisRecords(config, selection, { follow: false, signal, observer })) {
    for (const { topic } of records) {
      counts.set(topic, (counts.get(topic) ?? 0) + 1);
    }
  }
  for (const [topic, count] of counts) {
    observer.notice(
      `${formatCount(count, 'event')} of these keys ${count === 1 ? 'stays' : 'stay'} in the stream ${topic}, until it is trimmed, or XDEL is used.`,
    );
  }
}
