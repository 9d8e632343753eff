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
  return other === undefined
    ? `there is ${missing}: nothing was stored in it yet, or its name, REDIS_STREAM or that of a rule, is not the receiver's`
    : `there is ${missing}, but there is ${other}: REDIS_STREAM_COUNT is ${count}, and the receiver's is another`;
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
