import { randomUUID } from 'node:crypto';
import type { RedisConfig } from '../../config/redis-config.ts';
import {
  type ChooseRun,
  encodeRun,
  type PartProgress,
  parseRun,
  type RememberedRun,
  type ReplayRun,
  type ReplaySource,
  requireOwner,
} from '../../ports/event-replay.ts';
import {
  isInTime,
  listTopicNames,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
  splitPlace,
} from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { openRedis } from './open-redis.ts';
import { findPositions, readRedisRecords, StreamPosition } from './read-redis-records.ts';
import { findStreamEnd, isBefore } from './read-stream.ts';
import type { RedisClient } from './redis-client.ts';
import { toStreamNames } from './topic-streams.ts';
import { confirm } from './write-batches.ts';

export interface RedisEventReplayOptions extends Pick<ReadOptions, 'signal' | 'observer'> {
  readonly config: RedisConfig;
  readonly selection: RecordSelection;
  /** Names what remembers the run. */
  readonly group: string;
  readonly dryRun: boolean;
  readonly choose: ChooseRun;
}

const confirmTimeoutMs = 5_000;

/**
 * The events of streams. A string beside them, `STREAM:replay-events:GROUP`, keeps how far a run is. @throws {RedisError}
 */
export function openRedisEventReplay(options: RedisEventReplayOptions): ReplaySource {
  const { config, selection, group, dryRun, choose, signal, observer } = options;
  const topics = listTopicNames(selection);
  const name = `${topics[0]}:replay-events:${group}`;
  const parts = new Map<string, PartProgress>();
  let client: RedisClient | undefined;
  const owner = randomUUID();
  let current: ReplayRun | undefined;

  async function takeUp(remembered: RememberedRun, connected: RedisClient): Promise<void> {
    for (const [stream, progress] of remembered.parts) {
      const end = await findStreamEnd(connected, stream);
      if (isBefore(end, progress.to)) {
        throw new UsageError(
          `${stream} ends at ${end}, before ${progress.to}, where the replay that was stopped was to end: it was made again. Begin anew with --restart`,
        );
      }
      parts.set(stream, progress);
      observer.begins(`the stream ${stream}`, Number(await connected.call(['XLEN', stream])));
    }
  }

  async function findParts({ sinceMs }: ReplayRun, connected: RedisClient): Promise<void> {
    const wanted = { ...selection, sinceMs };
    for (const position of await findPositions(connected, config, wanted, { follow: false, observer })) {
      parts.set(position.stream, { after: position.at, to: position.end });
    }
  }

  const readKept = async (connected: RedisClient) => String(await connected.call(['GET', name]));

  async function keep(connected: RedisClient, change: readonly string[]): Promise<void> {
    await connected.call(change);
    const { memoryOnly, replicas } = config;
    const confirmation = memoryOnly ? 'memory' : 'waitaof';
    const missing = await confirm(connected, { confirmation, replicas, confirmTimeoutMs });
    if (missing !== undefined) {
      throw missing;
    }
  }

  async function keepOwn(change: readonly string[]): Promise<void> {
    const connected = client as RedisClient;
    requireOwner(await readKept(connected), owner);
    await keep(connected, change);
  }

  function toSet(): readonly string[] {
    return ['SET', name, encodeRun({ owner, run: current as ReplayRun, partCount: parts.size, parts })];
  }

  return {
    name: topics.join(', '),
    async begin() {
      client = await openRedis(config);
      const remembered = parseRun(await readKept(client));
      current = choose(remembered?.run);
      if (remembered !== undefined && current === remembered.run) {
        await takeUp(remembered, client);
      } else {
        await findParts(current, client);
      }
      if (!dryRun) {
        await keep(client, toSet());
      }
      return current;
    },
    records({ sinceMs, untilMs }) {
      const topicOf = new Map(
        topics.flatMap((topic) =>
          [...toStreamNames(topic, config.streamCount)].map((stream) => [stream, topic] as const),
        ),
      );
      const positions = Array.from(
        parts,
        ([stream, range]) => new StreamPosition(topicOf.get(stream) ?? stream, stream, range),
      );
      const read = { follow: false, signal, observer, positions };
      return readRedisRecords(config, { ...selection, sinceMs, untilMs }, read);
    },
    async note(done: readonly PlacedRecord[]) {
      for (const { place } of done) {
        const [stream, after] = splitPlace(place);
        parts.set(stream, { ...(parts.get(stream) as PartProgress), after });
      }
    },
    async findRepeated(copies) {
      const { sinceMs, untilMs } = current as ReplayRun;
      const found = await Promise.all(
        copies.map(async ({ record, origin }) => {
          const [stream, entry] = splitPlace(origin);
          const end = parts.get(stream)?.to;
          // Entries begin with their time.
          const isInRun =
            end !== undefined &&
            /^\d+-\d+$/.test(entry) &&
            !isBefore(end, entry) &&
            isInTime(Number.parseInt(entry, 10), { sinceMs, untilMs });
          const entries = isInRun ? await client?.call(['XRANGE', stream, entry, entry]) : [];
          return Array.isArray(entries) && entries.length > 0 ? [record] : [];
        }),
      );
      return new Set(found.flat());
    },
    remember: () => keepOwn(toSet()),
    finish: () => keepOwn(['DEL', name]),
    close: async () => client?.close(),
  };
}
