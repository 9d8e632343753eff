import type { RedisConfig } from '../../config/redis-config.ts';
import {
  isInTime,
  listTopicNames,
  type ReadOptions,
  type RecordSelection,
  type StoredRecord,
} from '../../ports/record-reader.ts';
import { describeError, UsageError } from '../../runtime/errors.ts';
import { OutageReporter } from '../../runtime/outage-reporter.ts';
import { explainMissingStream, findOtherStreams } from './find-streams.ts';
import { openRedis } from './open-redis.ts';
import {
  createRedisEmptyReadTimeout,
  findStreamEnd,
  firstId,
  handleEmptyRead,
  isIdBefore,
  parseStreams,
  type StreamEntries,
  StreamReader,
} from './read-stream.ts';
import type { RedisClient } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import type { StreamRecord } from './stream-entry.ts';
import { toStreamNames } from './topic-streams.ts';

const entriesPerPage = 500;
const readBlockMs = 500;
/** End position for following a stream, which is the highest possible ID. */
const maxStreamId = '18446744073709551615-18446744073709551615';

/**
 * Reads stream entries without a consumer group. If `positions` is set, these positions are read instead of the
 * selected time range.
 *
 * @throws {RedisError | UnreadRangeError}
 */
export async function* readRedisRecords(
  config: RedisConfig,
  selection: RecordSelection,
  options: ReadOptions & { readonly positions?: readonly StreamReader[] },
): AsyncGenerator<readonly StoredRecord[]> {
  const { follow, signal, observer } = options;
  const outageReporter = new OutageReporter({ onWarning: (text) => observer.onWarning(text), signal });
  const emptyReadTimeout = createRedisEmptyReadTimeout();
  let client = await openRedis(config);
  try {
    const positions = options.positions ?? (await findPositions(client, config, selection, options));
    for (;;) {
      const openStreamReaders = positions.filter(({ isAtEnd }) => !isAtEnd);
      if (signal.aborted || openStreamReaders.length === 0) {
        return;
      }
      let streamEntries: readonly StreamEntries[] = [];
      try {
        client = client.isOpen() ? client : await openRedis(config);
        streamEntries = await readNextEntries(client, openStreamReaders, follow);
        outageReporter.passed();
      } catch (error) {
        if (!follow || !(error instanceof RedisError)) {
          throw error;
        }
        client.close();
        await outageReporter.wait(`Cannot read from Redis: ${describeError(error)}`);
        continue;
      }
      if (streamEntries.length > 0) {
        emptyReadTimeout.progressed();
      } else if (!follow) {
        await handleEmptyRead(client, openStreamReaders, emptyReadTimeout);
      }
      const records = openStreamReaders.flatMap((each) =>
        extractRecords(each, streamEntries, selection, options),
      );
      if (records.length > 0) {
        yield records;
      }
    }
  } finally {
    client.close();
  }
}

async function findPositions(
  client: RedisClient,
  { streamCount }: Pick<RedisConfig, 'streamCount'>,
  selection: RecordSelection,
  { follow, observer }: Pick<ReadOptions, 'follow' | 'observer'>,
): Promise<readonly StreamReader[]> {
  const { sinceMs } = selection;
  const positions: StreamReader[] = [];
  for (const topic of listTopicNames(selection)) {
    const problem = await explainMissingStreams(client, topic, streamCount, selection);
    if (problem !== undefined && !follow) {
      throw new UsageError(problem);
    }
    if (problem !== undefined) {
      observer.onWarning(`Waiting for records: ${problem}.`);
    }
    for (const stream of await chooseStreams(client, topic, streamCount, selection)) {
      const end = await findStreamEnd(client, stream);
      const length = Number(await client.call(['XLEN', stream]));
      const startId = sinceMs === undefined ? end : toPrecedingId(sinceMs);
      if (length > 0 || selection.mayBeMissing !== true) {
        positions.push(new StreamReader(topic, stream, { after: startId, to: follow ? maxStreamId : end }));
        observer.onStart(length === 0 ? `the empty stream ${stream}` : `the stream ${stream}`, length);
      }
    }
  }
  return positions;
}

/** Explains a missing stream. A missing dead-letter stream is normal, because the first dead letter creates the stream. */
async function explainMissingStreams(
  client: RedisClient,
  topic: string,
  streamCount: number,
  { role, mayBeMissing = false }: RecordSelection,
): Promise<string | undefined> {
  return role === 'dead-letter' || mayBeMissing
    ? undefined
    : explainMissingStream(client, topic, streamCount);
}

/**
 * Chooses all streams, even if keys are selected, because a key was in a different stream if the number of streams
 * has changed.
 */
async function chooseStreams(
  client: RedisClient,
  topic: string,
  streamCount: number,
  { role, formerParts = false }: RecordSelection,
): Promise<readonly string[]> {
  if (role === 'dead-letter') {
    return [topic];
  }
  const previousStreams = formerParts ? await findOtherStreams(client, topic, streamCount) : [];
  return [...toStreamNames(topic, streamCount), ...previousStreams];
}

/** Reads the next entries of all streams in one response, whose size does not depend on the number of streams. */
async function readNextEntries(
  client: RedisClient,
  positions: readonly StreamReader[],
  follow: boolean,
): Promise<readonly StreamEntries[]> {
  const count = Math.max(1, Math.floor(entriesPerPage / positions.length));
  const reply = await client.callForBytes([
    'XREAD',
    'COUNT',
    String(count),
    ...(follow ? ['BLOCK', String(readBlockMs)] : []),
    'STREAMS',
    ...positions.map(({ stream }) => stream),
    ...positions.map(({ at }) => at),
  ]);
  return parseStreams(reply);
}

function extractRecords(
  position: StreamReader,
  read: readonly StreamEntries[],
  selection: RecordSelection,
  { observer }: ReadOptions,
): readonly StoredRecord[] {
  const { topic, stream, end } = position;
  const entries = read.find((each) => each.stream === stream)?.entries ?? [];
  position.readTo(entries.at(-1)?.id ?? position.at);
  observer.onProgress(entries.length);
  const { role, keys } = selection;
  return entries
    .filter(({ id }) => !isIdBefore(end, id))
    .map((entry) => toStoredRecord(entry, topic, stream))
    .filter(
      (record) =>
        (role === 'dead-letter' || keys === undefined || keys.has(record.key ?? '')) &&
        isInTime(record.storedAtMs, selection),
    );
}

function toStoredRecord({ id, ...record }: StreamRecord, topic: string, stream: string): StoredRecord {
  return { ...record, topic, place: `${stream}/${id}`, storedAtMs: Number.parseInt(id, 10) };
}

/** Returns the highest possible ID before this time. */
function toPrecedingId(timeMs: number): string {
  return timeMs <= 0 ? firstId : `${Math.floor(timeMs) - 1}-18446744073709551615`;
}
