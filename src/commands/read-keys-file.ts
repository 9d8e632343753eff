import { createReadStream } from 'node:fs';
import { describeUnreadFile } from '../config/read-text-file.ts';
import { UsageError } from '../runtime/errors.ts';

const maxBytes = 64 * 1024 * 1024;

/**
 * The lines of a file with a key in each, `-` for standard input; empty lines are left out.
 *
 * @throws {UsageError} when it cannot be read
 */
export async function readKeysFile(
  file: string,
  /** Reads a line that is not empty. @param what names the line to the user */
  toKey: (text: string, what: string) => string,
): Promise<readonly string[]> {
  const lines = (await readText(file)).split(/\r?\n/);
  return lines.flatMap((text, index) => (text === '' ? [] : [toKey(text, `--keys-file: line ${index + 1}`)]));
}

async function readText(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      byteCount += (chunk as Buffer).length;
      if (byteCount > maxBytes) {
        throw new UsageError(`--keys-file: the file ${file} has more than ${maxBytes} bytes`);
      }
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    throw error instanceof UsageError
      ? error
      : new UsageError(`--keys-file: ${describeUnreadFile(file, error)}`, { cause: error });
  }
  return Buffer.concat(chunks).toString();
}
