import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { systemError } from '../disk/system-error.ts';

/** With the password of the one user. */
export const passwordFile = fileURLToPath(new URL('password.txt', import.meta.url));
export const password = fs.readFileSync(passwordFile, 'utf8').trim();

/** What a process finds in the file. */
export interface HeldFile {
  /** `undefined` while somebody has moved it away. */
  text: string | undefined;
}

/**
 * From now on a process that reads the file gets what is held, and at once: a thread of the machine would take another time
 * in each run.
 */
export function holdPasswordFile(): HeldFile {
  const held: HeldFile = { text: password };
  const { open } = fs.promises;
  fs.promises.open = async (path, flags, mode) =>
    path === passwordFile ? openHeld(held) : open(path, flags, mode);
  syncBuiltinESMExports();
  return held;
}

function openHeld({ text }: HeldFile): fs.promises.FileHandle {
  if (text === undefined) {
    throw systemError('ENOENT', 'open', passwordFile);
  }
  const stats = { isFile: () => true, isDirectory: () => false, isFIFO: () => false, size: text.length };
  const handle = { stat: async () => stats, readFile: async () => text, close: async () => undefined };
  return handle as unknown as fs.promises.FileHandle;
}
