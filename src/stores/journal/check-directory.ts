import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { CheckResult } from '../../ports/check-result.ts';

const gibibyte = 1024 ** 3;

/** Whether the journal could be written. It writes nothing. */
export function checkDataDirectory(dataDir: string): CheckResult {
  const existing = findExisting(resolve(dataDir));
  if (!isWritable(existing)) {
    return {
      area: 'store',
      verdict: 'error',
      text: `the journal in ${dataDir} cannot be written: no right to write in ${existing}`,
      advice: 'Set DATA_DIR to a directory that this user may write, or KAFKA_BROKERS.',
    };
  }
  const { bavail, bsize } = statfsSync(existing);
  const free = (bavail * bsize) / gibibyte;
  const text = `no KAFKA_BROKERS: the journal in ${dataDir} is the store, ${free.toFixed(1)} GiB are free`;
  return free < 1
    ? { area: 'store', verdict: 'warning', text, advice: 'Make room: a full disk answers 503.' }
    : { area: 'store', verdict: 'ok', text };
}

export function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The directory, or the nearest one above it that exists. */
export function findExisting(directory: string): string {
  return existsSync(directory) ? directory : findExisting(dirname(directory));
}
