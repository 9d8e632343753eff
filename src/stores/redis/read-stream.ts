import { systemClock } from '../../runtime/clock.ts';
import { Patience, RangeReading, UnreadRangeError } from '../../runtime/range-reading.ts';
import type { BytesReply, RedisClient, Reply } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import { parseEntry, type StreamRecord } from './stream-entry.ts';

interface StreamRange {
  /** Behind this entry; `0-0` for all. */
  readonly after: string;
  /** Up to this entry, with it. */
  readonly to: string;
}

/** The identifier before all others. */
export const firstId = '0-0';

/**
 * A range of a stream. Its positions are entries that were read: the end is the last one to read.
 *
 * @param range of entries that were there when it was made
 */
export class StreamReading extends RangeReading<string> {
  readonly topic: string;
  readonly stream: string;

  constructor(topic: string, stream: string, { after, to }: StreamRange) {
    super({ from: after, end: to }, isBefore);
    this.topic = topic;
    this.stream = stream;
  }

  /** What is left to read, for the operator. */
  describe(): string {
    return `The stream ${this.stream} from entry ${this.at} to ${this.end}`;
  }
}

export function createRedisPatience(): Patience {
  return new Patience({
    clock: systemClock,
    advice:
      'The server answers without entries: look at its log, and at what stands between it and here. Then run the same command again',
  });
}

/**
 * Nothing came of these streams before their ends. One that knows of its end, and has no entry behind what was read, has lost
 * the rest to somebody who removed it; one that does not know of it is another one. Any other one is asked again.
 *
 * @throws {UnreadRangeError} when a stream ends earlier than before, or nothing has come for long
 */
export async function settleEmpty(
  { call }: Pick<RedisClient, 'call'>,
  readings: readonly StreamReading[],
  patience: Patience,
): Promise<void> {
  for (const reading of readings) {
    const { stream, at, end } = reading;
    const facts = await call(['XINFO', 'STREAM', stream]).catch(orNone);
    const lastMade = String(findFact(facts, 'last-generated-id') ?? firstId);
    if (isBefore(lastMade, end)) {
      throw new UnreadRangeError(
        `The stream ${stream} was to be read to entry ${end}, and ends at ${lastMade} by now: it was deleted, or another server has taken over without its last entries. What was read before ${at} was there. Run the same command again for what is there now`,
      );
    }
    const lastEntry = findFact(facts, 'last-entry');
    const lastThere = Array.isArray(lastEntry) ? String(lastEntry[0]) : firstId;
    if (!isBefore(at, lastThere)) {
      reading.readTo(end);
    }
  }
  const open = readings.filter(({ isAtEnd }) => !isAtEnd);
  if (open.length > 0) {
    await patience.wait(() => open.map((reading) => reading.describe()).join(', '));
  }
}

/** What a question about a stream that is not there means: no facts. @throws any other error */
export function orNone(error: unknown): Reply {
  if (error instanceof RedisError && error.message.includes('no such key')) {
    return [];
  }
  throw error;
}

/** A list of names, each with its value behind it. */
export function findFact(facts: Reply, name: string): Reply | undefined {
  const list = Array.isArray(facts) ? (facts as readonly Reply[]) : [];
  const at = list.indexOf(name);
  return at === -1 ? undefined : list[at + 1];
}

/** The last entry of a stream as it is now; `0-0` when it has none. @throws {RedisError} */
export async function findStreamEnd(
  { callForBytes }: Pick<RedisClient, 'callForBytes'>,
  stream: string,
): Promise<string> {
  const reply = await callForBytes(['XREVRANGE', stream, '+', '-', 'COUNT', '1']);
  return parseEntries(reply)[0]?.id ?? firstId;
}

/** Reads a list of entries, each an identifier and its fields. */
export function parseEntries(reply: BytesReply): StreamRecord[] {
  if (!Array.isArray(reply)) {
    throw new RedisError('answer', 'the answer is no list of entries');
  }
  return reply.map((entry: BytesReply) => {
    const [id, fields] = Array.isArray(entry) ? entry : [];
    if (!Array.isArray(fields)) {
      throw new RedisError('answer', 'the answer gives no fields of an entry');
    }
    return parseEntry(String(id), fields as readonly Buffer[]);
  });
}

/** Entries of one stream. */
export interface StreamEntries {
  readonly stream: string;
  readonly entries: readonly StreamRecord[];
}

/** Reads the answer to a reading of several streams; those without entries are left out. */
export function parseStreams(reply: BytesReply): StreamEntries[] {
  if (reply === null) {
    return [];
  }
  if (!Array.isArray(reply)) {
    throw new RedisError('answer', 'the answer is no list of streams');
  }
  return reply.map((each: BytesReply) => {
    const [stream, entries] = Array.isArray(each) ? each : [];
    return { stream: String(stream), entries: parseEntries(entries ?? null) };
  });
}

export function isBefore(a: string, b: string): boolean {
  const [aMs = 0n, aSequence = 0n] = a.split('-').map(BigInt);
  const [bMs = 0n, bSequence = 0n] = b.split('-').map(BigInt);
  return aMs === bMs ? aSequence < bSequence : aMs < bMs;
}
