import { systemClock } from '../../runtime/clock.ts';
import { EmptyReadTimeout, RangeReader, UnreadRangeError } from '../../runtime/range-reader.ts';
import type { BytesReply, RedisClient, RedisReply } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import { parseStreamEntry, type StreamRecord } from './stream-entry.ts';

interface StreamRange {
  /** ID after which reading starts. Use `0-0` to read all entries. */
  readonly after: string;
  /** ID of the last entry to read, inclusive. */
  readonly to: string;
}

/** Lowest possible ID, which is before all entries. */
export const firstId = '0-0';

/**
 * Reads a range of a stream. A position is the ID of the last entry that was read.
 *
 * @param range range of entries that existed when reading started
 */
export class StreamReader extends RangeReader<string> {
  readonly topic: string;
  readonly stream: string;

  constructor(topic: string, stream: string, { after, to }: StreamRange) {
    super({ from: after, end: to }, isIdBefore);
    this.topic = topic;
    this.stream = stream;
  }

  describe(): string {
    return `the stream ${this.stream} from entry ${this.at} to ${this.end}`;
  }
}

export function createRedisEmptyReadTimeout(): EmptyReadTimeout {
  return new EmptyReadTimeout({
    clock: systemClock,
    advice:
      'The server returned no entries. Check the log of the server and any proxy in front of the server. Then run the same command again',
  });
}

/**
 * Handles a read that returned no entries before the ends of these streams. If a stream has no entry after the last
 * one that was read, the remaining entries were removed and the range is complete. If a stream never contained the
 * end entry, the stream was replaced. Otherwise, the caller reads again.
 *
 * @throws {UnreadRangeError} if a stream ends earlier than before, or if no entries have arrived for a long time
 */
export async function handleEmptyRead(
  { call }: Pick<RedisClient, 'call'>,
  readings: readonly StreamReader[],
  patience: EmptyReadTimeout,
): Promise<void> {
  for (const streamReader of readings) {
    const { stream, at, end } = streamReader;
    const facts = await call(['XINFO', 'STREAM', stream]).catch(replaceMissingKeyError);
    const lastGeneratedId = String(findReplyValue(facts, 'last-generated-id') ?? firstId);
    if (isIdBefore(lastGeneratedId, end)) {
      throw new UnreadRangeError(
        `The stream ${stream} ends at ${lastGeneratedId}, before entry ${end}, which existed when reading started. It was deleted, or a failover lost its last entries. Entries up to ${at} were read. Run the same command again to read the current entries`,
      );
    }
    const lastEntry = findReplyValue(facts, 'last-entry');
    const lastPresentId = Array.isArray(lastEntry) ? String(lastEntry[0]) : firstId;
    if (!isIdBefore(at, lastPresentId)) {
      streamReader.readTo(end);
    }
  }
  const openStreamReaders = readings.filter(({ isAtEnd }) => !isAtEnd);
  if (openStreamReaders.length > 0) {
    await patience.wait(() => openStreamReaders.map((reading) => reading.describe()).join(', '));
  }
}

/** Converts the error for a missing key to an empty reply. @throws any other error */
export function replaceMissingKeyError(error: unknown): RedisReply {
  if (error instanceof RedisError && error.message.includes('no such key')) {
    return [];
  }
  throw error;
}

/** Finds a value in a flat list of names and values. */
export function findReplyValue(facts: RedisReply, name: string): RedisReply | undefined {
  const replyItems = Array.isArray(facts) ? (facts as readonly RedisReply[]) : [];
  const at = replyItems.indexOf(name);
  return at === -1 ? undefined : replyItems[at + 1];
}

/** Returns the ID of the last entry currently in a stream, or `0-0` if the stream is empty. @throws {RedisError} */
export async function findStreamEnd(
  { callForBytes }: Pick<RedisClient, 'callForBytes'>,
  stream: string,
): Promise<string> {
  const reply = await callForBytes(['XREVRANGE', stream, '+', '-', 'COUNT', '1']);
  return parseEntries(reply)[0]?.id ?? firstId;
}

/** Parses a list of entries, each of which consists of an ID and its fields. */
export function parseEntries(reply: BytesReply): StreamRecord[] {
  const entries = reply as readonly (readonly [id: Buffer, fields: readonly Buffer[]])[];
  return entries.map(([id, fields]) => parseStreamEntry(String(id), fields));
}

export interface StreamEntries {
  readonly stream: string;
  readonly entries: readonly StreamRecord[];
}

/** Parses the response to XREAD, which omits streams without entries. */
export function parseStreams(reply: BytesReply): StreamEntries[] {
  if (reply === null) {
    return [];
  }
  const streams = reply as readonly (readonly [stream: Buffer, entries: BytesReply])[];
  return streams.map(([stream, entries]) => ({ stream: String(stream), entries: parseEntries(entries) }));
}

export function isIdBefore(a: string, b: string): boolean {
  const [aMs = 0n, aSequence = 0n] = a.split('-').map(BigInt);
  const [bMs = 0n, bSequence = 0n] = b.split('-').map(BigInt);
  return aMs === bMs ? aSequence < bSequence : aMs < bMs;
}
