import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { isSegmentName } from '../../src/journal/journal-segment.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import type { SinkRecord } from '../../src/sink/sink.ts';
import type { Spool, SpoolOptions } from '../../src/spool/spool.ts';
import { openSpool, SpoolKeeper } from '../../src/spool/spool-keeper.ts';

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

export function noteIn(directory: string): unknown {
  return JSON.parse(readFileSync(join(directory, 'drained.json'), 'utf8'));
}
