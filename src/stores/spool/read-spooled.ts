import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { SinkRecord } from '../../ports/sink.ts';
import { hasCode, unlessMissing } from '../../runtime/errors.ts';
import { readSegment } from '../journal/read-segment.ts';
import { type Backlog, findFirst, findWaiting } from './backlog.ts';
import { findSpooled, type SpooledSegment } from './find-spooled.ts';
import { setAsideFile } from './set-aside.ts';
import { parseSpoolLine } from './spool-line.ts';

/**
 * What waits in a spool, and what was set aside. The spool is not opened: a receiver may be using it, so that a record may
 * be stored by the time it is read.
 */
export async function* readSpooled(directory: string): AsyncGenerator<SinkRecord> {
  const { segments, backlog } = await findSpooled(directory);
  for (const segment of segments) {
    yield* readRecords(directory, segment, backlog);
  }
  const setAside = await unlessMissing(open(join(directory, setAsideFile)));
  for await (const line of setAside?.readLines() ?? []) {
    const { record } = parseSpoolLine(line);
    if (record !== undefined) {
      yield record;
    }
  }
}

/** A segment that is gone was drained meanwhile: the store has what it held. */
async function* readRecords(
  directory: string,
  { name, size: end }: SpooledSegment,
  backlog: Backlog,
): AsyncGenerator<SinkRecord> {
  const first = findFirst(backlog);
  const start = first === undefined || name < first.segment ? end : name === first.segment ? first.offset : 0;
  try {
    for await (const { entries } of start < end ? readSegment(directory, name, { start, end }) : []) {
      for (const { record, position } of entries) {
        if (findWaiting(backlog, record, position) !== undefined) {
          yield record;
        }
      }
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) {
      throw error;
    }
  }
}
