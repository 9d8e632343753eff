import { readdirSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { SinkRecord } from '../../src/ports/sink.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { isSegmentName } from '../../src/stores/journal/journal-segment.ts';
import { openSpool, type Spool, type SpoolOptions } from '../../src/stores/spool/spool.ts';

const mebibyte = 1024 * 1024;

/** Opens a spool, which is closed after the test if not earlier. */
export async function openTestSpool(directory: string, options: Partial<SpoolOptions> = {}): Promise<Spool> {
  const spool = await openSpool({
    directory,
    maxBytes: 64 * mebibyte,
    logger: createLogger('silent'),
    probeIntervalMs: 20,
    ...options,
  });
  onTestFinished(() => spool.close().catch(() => {}));
  return spool;
}

/** Creates an event of the entity with this key. Successive revisions are one minute apart. */
export function createEventRecord(key: string | null, revision: number, padding = 0): SinkRecord {
  return {
    topic: 'events',
    key,
    value: Buffer.from(`{"id":"${key}","revision":${revision},"pad":"${'x'.repeat(padding)}"}`),
    headers: { ce_id: `${key}-${revision}`, 'received-at': new Date(revision * 60_000).toISOString() },
  };
}

/** Returns the ids of the records, in the form `key-revision`. */
export function toIds(records: readonly (SinkRecord | undefined)[]): string[] {
  return records.map((record) => record?.headers.ce_id ?? '?');
}

export function segmentsIn(directory: string): string[] {
  return readdirSync(directory).filter(isSegmentName).toSorted();
}
