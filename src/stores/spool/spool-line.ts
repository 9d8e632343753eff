import { createReadStream } from 'node:fs';
import * as v from 'valibot';
import type { DeadLetterSource, RejectionReason, SinkRecord } from '../../ports/sink.ts';
import { hasCode } from '../../runtime/errors.ts';
import { headersSchema, joinLines, parseJournalLine, toJournalLine } from '../journal/journal-line.ts';

/** One line of a spool: a line of the journal, with what is needed to make a dead letter of an event. */
export interface SpoolLine {
  /** As it stands in the spool, without its line feed. */
  readonly text: string;
  /** `undefined` when the line is no record. */
  readonly record: SinkRecord | undefined;
}

/** Whichever it will be: the line has an empty one, for which the real one is put in. */
const someReason: RejectionReason = 'rejected_by_broker';

/** One line for each record, in order. */
export function toSpoolLines(records: readonly SinkRecord[], deadLetters?: DeadLetterSource): Buffer {
  const lines = records.map((record, index) => {
    const letter = deadLetters?.deadLetterFor(index, someReason);
    return toJournalLine(record, letter && { deadLetter: withoutValue(letter) });
  });
  return joinLines(lines);
}

/** The value is that of the record. */
function withoutValue({ topic, key, headers }: SinkRecord) {
  return { topic, key, headers: { ...headers, reason: '' } };
}

export function parseSpoolLine(text: string): SpoolLine {
  return { text, record: parseJournalLine(text) };
}

const deadLetterSchema = v.object({
  deadLetter: v.object({
    topic: v.string(),
    key: v.nullable(v.string()),
    headers: headersSchema,
  }),
});

/** The dead letter of a record that the store rejects; `undefined` when the line has none, because it is one itself. */
export function toSpooledDeadLetter(
  { text, record }: SpoolLine,
  reason: RejectionReason,
): SinkRecord | undefined {
  const parsed = v.safeParse(deadLetterSchema, JSON.parse(text));
  if (!parsed.success || record === undefined) {
    return undefined;
  }
  const { topic, key, headers } = parsed.output.deadLetter;
  return { topic, key, value: record.value, headers: { ...headers, reason } };
}

export interface LineCount {
  readonly lines: number;
  readonly bytes: number;
}

const lineFeed = 0x0a;
const blockBytes = 1024 * 1024;

/** Lines and bytes of a file from an offset on. */
export async function countLines(file: string, start = 0): Promise<LineCount> {
  let lines = 0;
  let bytes = 0;
  for await (const block of createReadStream(file, { start, highWaterMark: blockBytes })) {
    lines += countLineFeeds(block as Buffer);
    bytes += (block as Buffer).length;
  }
  return { lines, bytes };
}

/** 0 of a file that does not exist. */
export async function countLinesIfAny(file: string): Promise<LineCount> {
  try {
    return await countLines(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return { lines: 0, bytes: 0 };
    }
    throw error;
  }
}

export function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
    count += 1;
  }
  return count;
}
