import { readdirSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { SinkRecord } from '../../src/ports/sink.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { isSegmentName } from '../../src/stores/journal/journal-segment.ts';
import { findFirst, findWaiting } from '../../src/stores/spool/backlog.ts';
import type { ChunkLimits, SpoolChunk } from '../../src/stores/spool/read-chunk.ts';
import { shareOf } from '../../src/stores/spool/share.ts';
import type { Spool, SpoolOptions } from '../../src/stores/spool/spool.ts';
import { openSpool, SpoolKeeper } from '../../src/stores/spool/spool-keeper.ts';

const mebibyte = 1024 * 1024;

/** A spool that is closed after the test, if the test has not closed it. */
export async function openTestSpool(directory: string, options: Partial<SpoolOptions> = {}): Promise<Spool> {
  const spool = await openSpool(toOptions(directory, options));
  onTestFinished(() => spool.close().catch(() => {}));
  return spool;
}

/** The same as a receiver has it, after its first attempt to open it. */
export async function keepTestSpool(
  directory: string,
  options: Partial<SpoolOptions> = {},
): Promise<SpoolKeeper> {
  const keeper = new SpoolKeeper(toOptions(directory, options));
  onTestFinished(() => keeper.close().catch(() => {}));
  await keeper.open();
  return keeper;
}

function toOptions(directory: string, options: Partial<SpoolOptions>): SpoolOptions {
  return {
    directory,
    maxBytes: 64 * mebibyte,
    logger: createLogger('silent'),
    probeIntervalMs: 20,
    ...options,
  };
}

/** As it is before a store of one partition: what is appended waits. */
export async function spoolRecords(
  spool: Spool,
  records: readonly SinkRecord[],
  timeoutMs = 5_000,
): Promise<void> {
  for (const record of records) {
    if (spool.backlog.find(record) === undefined) {
      spool.leaveBehind(shareOf(record, 1), 'a test said so');
    }
  }
  await spool.append(records, timeoutMs);
}

/** The lines that wait, from the first one on. */
export async function readWaiting(spool: Spool, limits: ChunkLimits): Promise<SpoolChunk['lines']> {
  const first = findFirst(spool.backlog);
  return first === undefined ? [] : (await readFrom(spool, limits)).lines;
}

/** As if the store had taken them. */
export async function drainWaiting(spool: Spool, limits: ChunkLimits): Promise<SpoolChunk['lines']> {
  while (!spool.backlog.isEmpty) {
    const { lines, start, next } = await readFrom(spool, limits);
    for (const waiting of spool.backlog) {
      waiting.moveTo(next);
    }
    spool.drainedOf(start.segment, lines.length);
    for (const waiting of spool.backlog) {
      if (spool.isAtEnd(waiting.position)) {
        spool.backlog.remove(waiting);
      }
    }
    await spool.noteProgress();
    if (lines.length > 0) {
      return lines;
    }
  }
  return [];
}

async function readFrom(spool: Spool, limits: ChunkLimits): Promise<SpoolChunk> {
  const { lines, ...chunk } = await spool.read(
    findFirst(spool.backlog) ?? { segment: '', offset: 0 },
    limits,
  );
  const { segment } = chunk.start;
  return {
    ...chunk,
    lines: lines.filter(({ record, offset }) => findWaiting(spool.backlog, record, { segment, offset })),
  };
}

/** An event of one entity; a minute between two revisions. */
export function createEventRecord(key: string | null, revision: number, padding = 0): SinkRecord {
  return {
    topic: 'events',
    key,
    value: Buffer.from(`{"id":"${key}","revision":${revision},"pad":"${'x'.repeat(padding)}"}`),
    headers: { ce_id: `${key}-${revision}`, 'received-at': new Date(revision * 60_000).toISOString() },
  };
}

/** `key-revision` of each record. */
export function toIds(records: readonly (SinkRecord | undefined)[]): string[] {
  return records.map((record) => record?.headers.ce_id ?? '?');
}

export function segmentsIn(directory: string): string[] {
  return readdirSync(directory).filter(isSegmentName).toSorted();
}

/** The numbers of its segments, without the part that tells starts apart. */
export function sequencesIn(directory: string): number[] {
  return segmentsIn(directory).map((name) => Number.parseInt(name, 10));
}
