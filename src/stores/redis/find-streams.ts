import { redisSettings } from '../../config/redis-config.ts';
import { nameTopicSettings } from '../../config/store-settings.ts';
import { findNearest } from '../../runtime/near-names.ts';
import type { RedisClient } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import { toStreamNames } from './topic-streams.ts';

type Client = Pick<RedisClient, 'call'>;

/**
 * Why a topic has no stream at all, as the beginning of a sentence: a misspelt name and another number of streams would look
 * like a topic without records. `undefined` when it has one.
 */
export async function explainNoStream(
  client: Client,
  topic: string,
  count: number,
): Promise<string | undefined> {
  const streams = toStreamNames(topic, count);
  for (const stream of streams) {
    if ((await isThere(client, stream)) !== false) {
      return undefined;
    }
  }
  const [first] = streams;
  const missing = streams.length === 1 ? `no stream ${topic}` : `no stream ${first} to ${streams.at(-1)}`;
  const [other] = await findOtherStreams(client, topic, count);
  if (other === undefined) {
    const nearest = findNearest(topic, await listSomeTopics(client));
    const meant = nearest === undefined ? '' : `did you mean ${nearest}? If not, `;
    const settings = nameTopicSettings(redisSettings, 'events');
    return `there is ${missing}: ${meant}check ${settings}, or nothing was stored in it yet`;
  }
  return `there is ${missing}, but there is ${other}: REDIS_STREAM_COUNT is ${count}, and the receiver's is another`;
}

/** A server may have millions of other keys: no more are looked at. */
const scannedKeys = 20_000;
const keysOfAnswer = 1_000;

/** Topics of streams that are there, as far as the user may ask for them. */
async function listSomeTopics({ call }: Client): Promise<ReadonlySet<string>> {
  const topics = new Set<string>();
  try {
    let cursor = '0';
    for (let scanned = 0; scanned < scannedKeys; scanned += keysOfAnswer) {
      const answer = await call(['SCAN', cursor, 'COUNT', String(keysOfAnswer), 'TYPE', 'stream']);
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

/** Streams that the topic has if it had, or has, another number of them. */
export async function findOtherStreams(
  client: Client,
  topic: string,
  count: number,
): Promise<readonly string[]> {
  const found: string[] = [];
  if (count > 1 && (await isThere(client, topic)) === true) {
    found.push(topic);
  }
  for (
    let index = count === 1 ? 0 : count;
    (await isThere(client, `${topic}.${index}`)) === true;
    index += 1
  ) {
    found.push(`${topic}.${index}`);
  }
  return found;
}

/** `undefined`: the user may not look at this name. */
async function isThere({ call }: Client, stream: string): Promise<boolean | undefined> {
  try {
    return (await call(['EXISTS', stream])) === 1;
  } catch (error) {
    if (error instanceof RedisError && error.kind === 'rights') {
      return undefined;
    }
    throw error;
  }
}
