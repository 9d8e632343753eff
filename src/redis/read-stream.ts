import type { RedisClient } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import type { BytesReply } from './resp-reader.ts';
import { parseEntry, type StreamRecord } from './stream-entry.ts';

export interface StreamRange {
  /** Behind this entry; `0-0` for all. */
  readonly after: string;
  /** Up to this entry, with it. */
  readonly to: string;
}

/** The identifier before all others. */
export const firstId = '0-0';

const pageEntries = 500;

/** Reads a range of a stream in pages, oldest first. @throws {RedisError} */
export async function* readStream(
  { callForBytes }: Pick<RedisClient, 'callForBytes'>,
  stream: string,
  { after, to }: StreamRange,
): AsyncGenerator<readonly StreamRecord[]> {
  let from = after;
  for (;;) {
    const reply = await callForBytes(['XRANGE', stream, `(${from}`, to, 'COUNT', String(pageEntries)]);
    const records = parseEntries(reply);
    if (records.length > 0) {
      yield records;
    }
    const last = records.at(-1);
    if (last === undefined || records.length < pageEntries) {
      return;
    }
    from = last.id;
  }
}

/** The last entry of a stream as it is now; `0-0` when it has none. @throws {RedisError} */
export async function findStreamEnd(
  { callForBytes }: Pick<RedisClient, 'callForBytes'>,
  stream: string,
): Promise<string> {
  const reply = await callForBytes(['XREVRANGE', stream, '+', '-', 'COUNT', '1']);
  return parseEntries(reply)[0]?.id ?? firstId;
}

/** Reads a list of entries, each an identifier and its fields. An entry that was deleted meanwhile has none. */
export function parseEntries(reply: BytesReply): StreamRecord[] {
  if (!Array.isArray(reply)) {
    throw new RedisError('answer', 'the answer is no list of entries');
  }
  return reply.flatMap((entry: BytesReply) => {
    const [id, fields] = Array.isArray(entry) ? entry : [];
    return Array.isArray(fields) ? [parseEntry(String(id), fields as readonly Buffer[])] : [];
  });
}
