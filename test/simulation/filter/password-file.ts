import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { systemError } from '../disk/system-error.ts';

/** Simulated file with the password of the only user. */
export const passwordFile = fileURLToPath(new URL('password.txt', import.meta.url));
export const password = fs.readFileSync(passwordFile, 'utf8').trim();

/** The simulated content of the file. */
export interface HeldFile {
  /** Contents of the password file. `undefined` while the file is missing. */
  text: string | undefined;
}

/**
 * Makes all further reads of the file return the stored content immediately. A real read in a worker thread would take
 * a different time in each run.
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
