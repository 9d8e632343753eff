import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolConfig } from '../../config/spool-config.ts';
import type { CheckResult } from '../../ports/check-result.ts';
import { toError } from '../../runtime/errors.ts';
import { tryDirectory } from '../journal/check-directory.ts';
import { listSegmentsIfAny } from '../journal/read-journal.ts';

const mebibyte = 1024 ** 2;

/** Whether the spool could be written and has room for its bound, and how much it has. */
export async function checkSpool({ directory, maxBytes }: SpoolConfig): Promise<CheckResult> {
  const tried = await tryDirectory(directory, 'SPOOL_DIR');
  if ('why' in tried) {
    const text = `the spool ${directory} cannot be written: ${tried.why}`;
    return { area: 'spool', verdict: 'error', text, advice: tried.advice };
  }
  try {
    const bytes = await measureSegments(directory);
    const free = tried.freeBytes;
    const text = `the spool ${directory} may take ${toMebibytes(maxBytes)} and has ${toMebibytes(bytes)}, ${toMebibytes(free)} are free`;
    return free < maxBytes - bytes
      ? {
          area: 'spool',
          verdict: 'warning',
          text,
          advice: 'Make room, or lower SPOOL_MAX_BYTES: a full disk answers 503.',
        }
      : { area: 'spool', verdict: 'ok', text };
  } catch (error) {
    return {
      area: 'spool',
      verdict: 'error',
      text: `the spool ${directory} cannot be read: ${toError(error).message}`,
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
