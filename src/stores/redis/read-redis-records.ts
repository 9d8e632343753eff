import type { RedisConfig } from '../../config/redis-config.ts';
import {
  isInTime,
  listTopicNames,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
} from '../../ports/record-reader.ts';
import { describeError } from '../../runtime/errors.ts';
import { ToldOutage } from '../../runtime/told-outage.ts';
import { partitionFor } from '../append/partition-for.ts';
import { openRedis } from './open-redis.ts';
import {
  createRedisPatience,
  findStreamEnd,
  firstId,
  isBefore,
  parseStreams,
  type StreamEntries,
  type StreamRange,
  StreamReading,
  settleEmpty,
} from './read-stream.ts';
import type { RedisClient } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import type { StreamRecord } from './stream-entry.ts';
import { toStreamNames } from './topic-streams.ts';

/** Where the reading of a stream is. It ends with the greatest identifier when it follows. */
export class StreamPosition extends StreamReading {
  readonly topic: string;

  constructor(topic: string, stream: string, range: StreamRange) {
    super(stream, range);
    this.topic = topic;
  }
}

const pageEntries = 500;
const blockMs = 500;
const lastId = '18446744073709551615-18446744073709551615';

/**
 * The entries of streams, without a group. With `positions` these are read, instead of what the times select.
 *
 * @throws {RedisError | UnreadRangeError}
 */
export async function* readRedisRecords(
  config: RedisConfig,
  selection: RecordSelection,
  options: ReadOptions & { readonly positions?: readonly StreamPosition[] },
): AsyncGenerator<readonly PlacedRecord[]> {
  const { follow, signal, observer } = options;
  const outage = new ToldOutage({ notice: (text) => observer.notice(text), signal });
  const patience = createRedisPatience();
  let client = await openRedis(config);
  try {
    const positions = options.positions ?? (await findPositions(client, config, selection, options));
    for (;;) {
      const open = positions.filter(({ isAtEnd }) => !isAtEnd);
      if (signal.aborted || open.length === 0) {
        return;
      }
      let read: readonly StreamEntries[] = [];
      try {
        client = client.isOpen() ? client : await openRedis(config);
        read = await readNext(client, open, follow);
        outage.passed();
      } catch (error) {
        if (!follow || !(error instanceof RedisError)) {
          throw error;
        }
        client.close();
        await outage.wait(`Redis gives no records: ${describeError(error)}`);
        continue;
      }
      if (read.length > 0) {
        patience.progressed();
      } else if (!follow) {
        await settleEmpty(client, open, patience);
      }
      const records = read.flatMap((each) => take(each, open, selection, options));
      if (records.length > 0) {
        yield records;
      }
    }
  } finally {
    client.close();
  }
}

export async function findPositions(
  client: RedisClient,
  { streamCount }: Pick<RedisConfig, 'streamCount'>,
  selection: RecordSelection,
  { follow, observer }: Pick<ReadOptions, 'follow' | 'observer'>,
): Promise<readonly StreamPosition[]> {
  const { role, key, sinceMs } = selection;
  const positions: StreamPosition[] = [];
  for (const topic of listTopicNames(selection)) {
    const streams = toStreamNames(topic, role === 'dead-letter' ? 1 : streamCount);
    const only =
      role === 'dead-letter' || key === undefined ? undefined : streams[partitionFor(key, streams.length)];
    for (const stream of only === undefined ? streams : [only]) {
      const end = await findStreamEnd(client, stream);
      const after = sinceMs === undefined ? end : toIdBefore(sinceMs);
      positions.push(new StreamPosition(topic, stream, { after, to: follow ? lastId : end }));
      observer.begins(`the stream ${stream}`, Number(await client.call(['XLEN', stream])));
    }
  }
  return positions;
}

/** One answer for all streams: its memory does not grow with their number. */
async function readNext(
  client: RedisClient,
  positions: readonly StreamPosition[],
  follow: boolean,
): Promise<readonly StreamEntries[]> {
  const count = Math.max(1, Math.floor(pageEntries / positions.length));
  const reply = await client.callForBytes([
    'XREAD',
    'COUNT',
    String(count),
    ...(follow ? ['BLOCK', String(blockMs)] : []),
    'STREAMS',
    ...positions.map(({ stream }) => stream),
    ...positions.map(({ at }) => at),
  ]);
  return parseStreams(reply);
}

function take(
  { stream, entries, lastRead }: StreamEntries,
  positions: readonly StreamPosition[],
  selection: RecordSelection,
  { observer }: ReadOptions,
): readonly PlacedRecord[] {
  const position = positions.find((each) => each.stream === stream);
  if (position === undefined) {
    throw new RedisError('answer', `entries of ${stream}, which were not asked for`);
  }
  const { topic, end } = position;
  position.readTo(lastRead ?? position.at);
  observer.passed(entries.length);
  const { role, key } = selection;
  return entries
    .filter(({ id }) => !isBefore(end, id))
    .map((entry) => toPlacedRecord(entry, topic, stream))
    .filter(
      (record) =>
        (role === 'dead-letter' || key === undefined || record.key === key) &&
        isInTime(record.storedAtMs, selection),
    );
}

function toPlacedRecord({ id, ...record }: StreamRecord, topic: string, stream: string): PlacedRecord {
  return { ...record, topic, place: `${stream}/${id}`, storedAtMs: Number.parseInt(id, 10) };
}

/** The identifier before all that are made at this time. */
function toIdBefore(timeMs: number): string {
  return timeMs <= 0 ? firstId : `${Math.floor(timeMs) - 1}-18446744073709551615`;
}
