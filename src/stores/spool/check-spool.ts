import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolConfig } from '../../config/spool-config.ts';
import type { CheckResult } from '../../ports/check-result.ts';
import { toError } from '../../runtime/errors.ts';
import { probeDirectory } from '../journal/check-directory.ts';
import { listSegmentsIfAny } from '../journal/read-journal.ts';

const mebibyte = 1024 ** 2;

/** Checks whether the spool is writable, and whether its disk has room for `SPOOL_MAX_BYTES`. */
export async function checkSpool({ directory, maxBytes }: SpoolConfig): Promise<CheckResult> {
  const directoryProbe = await probeDirectory(directory, 'SPOOL_DIR');
  if ('why' in directoryProbe) {
    const text = `cannot write to the spool ${directory}: ${directoryProbe.why}`;
    return { area: 'spool', verdict: 'error', text, advice: directoryProbe.advice };
  }
  try {
    const bytes = await measureSegments(directory);
    const freeBytes = directoryProbe.freeBytes;
    const text = `the spool ${directory} uses ${toMebibytes(bytes)} of at most ${toMebibytes(maxBytes)}; its disk has ${toMebibytes(freeBytes)} free`;
    return freeBytes < maxBytes - bytes
      ? {
          area: 'spool',
          verdict: 'warning',
          text,
          advice:
            'Free disk space, or lower SPOOL_MAX_BYTES. When the disk is full, the receiver returns 503.',
        }
      : { area: 'spool', verdict: 'ok', text };
  } catch (error) {
    return {
      area: 'spool',
      verdict: 'error',
      text: `cannot read the spool ${directory}: ${toError(error).message}`,
    };
  }
}

async function measureSegments(directory: string): Promise<number> {
  const names = await listSegmentsIfAny(directory);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function toMebibytes(bytes: number): string {
  return `${Math.round(bytes / mebibyte)} MiB`;
}
