import { statfsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SpoolConfig } from '../../config/spool-config.ts';
import type { CheckResult } from '../../ports/check-result.ts';
import { toError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { findExisting, isWritable } from '../journal/check-directory.ts';
import { inspectSpool } from './find-spooled.ts';

const mebibyte = 1024 ** 2;

/** Whether the spool could be written and has room for its bound, and what it holds. It writes nothing. */
export async function checkSpool({ directory, maxBytes }: SpoolConfig): Promise<CheckResult[]> {
  const existing = findExisting(resolve(directory));
  if (!isWritable(existing)) {
    return [
      {
        area: 'spool',
        verdict: 'error',
        text: `the spool ${directory} cannot be written: no right to write in ${existing}`,
        advice: 'Set SPOOL_DIR to a directory that this user may write.',
      },
    ];
  }
  try {
    const { records, bytes, oldest, setAsideRecords } = await inspectSpool(directory);
    const { bavail, bsize } = statfsSync(existing);
    const free = bavail * bsize;
    const holds =
      records === 0
        ? 'is empty'
        : `holds ${formatCount(records, 'record')}, the oldest received at ${oldest ?? 'an unknown time'}`;
    const text = `the spool ${directory} ${holds}; it may take ${toMebibytes(maxBytes)} and has ${toMebibytes(bytes)}, ${toMebibytes(free)} are free`;
    const room: CheckResult =
      free < maxBytes - bytes
        ? {
            area: 'spool',
            verdict: 'warning',
            text,
            advice: 'Make room, or lower SPOOL_MAX_BYTES: a full disk answers 503.',
          }
        : { area: 'spool', verdict: 'ok', text };
    return setAsideRecords === 0 ? [room] : [room, toSetAsideResult(directory, setAsideRecords)];
  } catch (error) {
    return [
      {
        area: 'spool',
        verdict: 'error',
        text: `the spool ${directory} cannot be read: ${toError(error).message}`,
      },
    ];
  }
}

function toSetAsideResult(directory: string, records: number): CheckResult {
  return {
    area: 'spool',
    verdict: 'warning',
    text: `${directory} has ${formatCount(records, 'record')} that the store does not take, in set-aside.jsonl`,
    advice:
      'Mend the cause, which the log names, then run "comapi-webhook spool --take-back" (docs/spool.md).',
  };
}

function toMebibytes(bytes: number): string {
  return `${Math.round(bytes / mebibyte)} MiB`;
}
