import { randomUUID } from 'node:crypto';
import type { RedisConfig } from '../config/redis-config.ts';
import { UsageError } from '../runtime/errors.ts';
import {
  type ChooseRun,
  encodeRun,
  type PartProgress,
  parseRun,
  type RememberedRun,
  type ReplayRun,
  type ReplaySource,
} from '../sink/event-replay.ts';
import {
  isInTime,
  listTopicNames,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
} from '../sink/record-reader.ts';
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
const lockMs = 30_000;
const renewalMs = 5_000;

/**
 * The events of streams. A string beside them, `STREAM:replay-events:GROUP`, keeps how far a run is, and another one with
 * `:lock` behind it keeps other runs away. @throws {RedisError}
 */
export function openRedisEventReplay(options: RedisEventReplayOptions): ReplaySource {
  const { config, selection, group, dryRun, choose, signal, observer } = options;
  const topics = listTopicNames(selection);
  const name = `${topics[0]}:replay-events:${group}`;
  const parts = new Map<string, PartProgress>();
  let client: RedisClient | undefined;
  let lock: RunLock | undefined;
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

  async function remember(): Promise<void> {
    await lock?.keep(encodeRun({ run: current as ReplayRun, partCount: parts.size, parts }));
  }

  return {
    name: topics.join(', '),
    async begin() {
      client = await openRedis(config);
      lock = dryRun ? undefined : await RunLock.take(client, config, name, group);
      const remembered = parseRun(String(await client.call(['GET', name])));
      current = choose(remembered?.run);
      if (remembered !== undefined && current === remembered.run) {
        await takeUp(remembered, client);
      } else {
        await findParts(current, client);
        await remember();
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
        const at = place.lastIndexOf('/');
        const stream = place.slice(0, at);
        parts.set(stream, { ...(parts.get(stream) as PartProgress), after: place.slice(at + 1) });
      }
    },
    async findRepeated(copies) {
      const { sinceMs, untilMs } = current as ReplayRun;
      const found = await Promise.all(
        copies.map(async ({ record, origin }) => {
          const at = origin.lastIndexOf('/');
          const [stream, entry] = [origin.slice(0, at), origin.slice(at + 1)];
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
    remember,
    async finish() {
      await lock?.keep('');
    },
    async close() {
      await lock?.release();
      client?.close();
    },
  };
}

/** ARGV: who has it, how long. With a third argument that text is kept, or nothing any more when it is empty. */
const keepScript = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if ARGV[3] == '' then redis.call('DEL', KEYS[2]) elseif ARGV[3] then redis.call('SET', KEYS[2], ARGV[3]) end
return 1`;
const releaseScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1`;

/** Of several runs one has it; of one that was killed it is free after its time. */
class RunLock {
  readonly #client: RedisClient;
  readonly #config: RedisConfig;
  readonly #name: string;
  readonly #token: string;
  readonly #renewal: NodeJS.Timeout;

  /** @throws when another run has it */
  static async take(client: RedisClient, config: RedisConfig, name: string, group: string): Promise<RunLock> {
    const token = randomUUID();
    const taken = await client.call(['SET', `${name}:lock`, token, 'NX', 'PX', String(lockMs)]);
    if (taken === null) {
      throw new Error(
        `another replay of events runs in the group ${group}, or was killed less than 30 s ago; wait for it, or give --group`,
      );
    }
    return new RunLock(client, config, name, token);
  }

  private constructor(client: RedisClient, config: RedisConfig, name: string, token: string) {
    this.#client = client;
    this.#config = config;
    this.#name = name;
    this.#token = token;
    // What does not pass is said by the next thing that is kept.
    this.#renewal = setInterval(() => void this.#run(keepScript, String(lockMs)).catch(() => {}), renewalMs);
  }

  /** @throws when another run has it by now */
  async keep(text: string): Promise<void> {
    if ((await this.#run(keepScript, String(lockMs), text)) !== 1) {
      throw new Error('another replay has begun meanwhile, because this one stood still');
    }
    const { memoryOnly, replicas } = this.#config;
    const confirmation = memoryOnly ? 'memory' : 'waitaof';
    const missing = await confirm(this.#client, { confirmation, replicas, confirmTimeoutMs });
    if (missing !== undefined) {
      throw missing;
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal);
    // Otherwise it is free after its time.
    await this.#run(releaseScript).catch(() => {});
  }

  #run(script: string, ...args: readonly string[]) {
    return this.#client.call(['EVAL', script, '2', `${this.#name}:lock`, this.#name, this.#token, ...args]);
  }
}
