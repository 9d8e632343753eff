import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readSegment, type SegmentRange } from '../journal/read-segment.ts';
import { hasCode, unlessMissing } from '../runtime/errors.ts';
import type { SinkRecord } from '../sink/sink.ts';
import { findSpooled } from './find-spooled.ts';
import { setAsideFile } from './set-aside.ts';
import { parseSpoolLine } from './spool-line.ts';

/**
 * What waits in a spool, and what was set aside. The spool is not opened: a receiver may be using it, so that a record may
 * be stored by the time it is read.
 */
export async function* readSpooled(directory: string): AsyncGenerator<SinkRecord> {
  const { segments, offset } = await findSpooled(directory);
  for (const [index, { name, size: end }] of segments.entries()) {
    const start = index === 0 ? offset : 0;
    yield* readRecords(directory, name, { start, end });
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
  segment: string,
  range: SegmentRange,
): AsyncGenerator<SinkRecord> {
  try {
    for await (const { entries } of range.start < range.end ? readSegment(directory, segment, range) : []) {
      yield* entries.map(({ record }) => record);
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) {
      throw error;
    }
  }
}
