import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from '../runtime/has-code.ts';
import { makeDirectory } from '../runtime/make-directory.ts';

/** Generates the secret of a development start, once. Only its owner can read the file. */
export function ensureDevelopmentSecret(file: string): void {
  makeDirectory(dirname(file), 'DATA_DIR');
  try {
    writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw error;
    }
  }
}
