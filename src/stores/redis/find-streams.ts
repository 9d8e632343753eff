import { redisSettings } from '../../config/redis-config.ts';
import { nameTopicSettings } from '../../config/store-settings.ts';
import { findNearest } from '../../runtime/similar-names.ts';
import type { RedisClient } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import { toStreamNames } from './topic-streams.ts';

type CommandClient = Pick<RedisClient, 'call'>;

/**
 * Explains why a topic has no streams, as a clause without a full stop. Without this explanation, a mistyped name or a
 * different number of streams would look like a topic without records. Returns `undefined` if the topic has a stream.
 */
export async function explainMissingStream(
  client: CommandClient,
  topic: string,
  count: number,
): Promise<string | undefined> {
  const streams = toStreamNames(topic, count);
  for (const stream of streams) {
    if ((await streamExists(client, stream)) !== false) {
      return undefined;
    }
  }
  const [first] = streams;
  const missingText =
    streams.length === 1
      ? `the stream ${topic} does not exist`
      : `none of the streams ${first} to ${streams.at(-1)} exists`;
  const [other] = await findOtherStreams(client, topic, count);
  if (other === undefined) {
    const nearest = findNearest(topic, await listSomeTopics(client));
    const advice = `check ${nameTopicSettings(redisSettings, 'events')}. A stream does not exist until its first record is stored`;
    return nearest === undefined
      ? `${missingText}: ${advice}`
      : `${missingText}: did you mean ${nearest}? If not, ${advice}`;
  }
  return `${missingText}, but the stream ${other} exists: REDIS_STREAM_COUNT is ${count} here and has another value on the receiver`;
}

/** Maximum number of keys to scan, because a server may contain millions of unrelated keys. */
const scannedKeys = 20_000;
const keysPerScan = 1_000;

/** Lists topics with existing streams. The list is empty if the user may not run SCAN. */
async function listSomeTopics({ call }: CommandClient): Promise<ReadonlySet<string>> {
  const topics = new Set<string>();
  try {
    let cursor = '0';
    for (let scannedCount = 0; scannedCount < scannedKeys; scannedCount += keysPerScan) {
      const answer = await call(['SCAN', cursor, 'COUNT', String(keysPerScan), 'TYPE', 'stream']);
      const [next, names] = answer as [string, readonly string[]];
      for (const name of names) {
        topics.add(name.replace(/\.\d+$/, ''));
      }
      cursor = next;
      if (cursor === '0') {
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof RedisError && error.kind === 'rights')) {
      throw error;
    }
  }
  return topics;
}

/** Finds existing streams of the topic that were created with a different `REDIS_STREAM_COUNT`. */
export async function findOtherStreams(
  client: CommandClient,
  topic: string,
  count: number,
): Promise<readonly string[]> {
  const foundStreams: string[] = [];
  if (count > 1 && (await streamExists(client, topic)) === true) {
    foundStreams.push(topic);
  }
  for (
    let index = count === 1 ? 0 : count;
    (await streamExists(client, `${topic}.${index}`)) === true;
    index += 1
  ) {
    foundStreams.push(`${topic}.${index}`);
  }
  return foundStreams;
}

/**
 * Checks whether a stream exists.
 *
 * @returns `undefined` if the user lacks permission for this key
 */
async function streamExists({ call }: CommandClient, stream: string): Promise<boolean | undefined> {
  try {
    return (await call(['EXISTS', stream])) === 1;
  } catch (error) {
    if (error instanceof RedisError && error.kind === 'rights') {
      return undefined;
    }
    throw error;
  }
}
