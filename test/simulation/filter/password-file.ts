import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { password } from './filter-deployment.ts';

/** A round replaces them. */
const { closeSync, fstatSync, openSync, readFileSync, renameSync, truncateSync, writeFileSync } = fs;

/** As it is for a moment when somebody writes it anew. */
export function emptyFile(file: string): () => void {
  try {
    truncateSync(file);
    return () => writeFileSync(file, password);
  } catch {
    return () => undefined;
  }
}

/** As it is for a moment when somebody moves it away. */
export function loseFile(file: string): () => void {
  const away = `${file}.away`;
  try {
    renameSync(file, away);
    return () => {
      renameSync(away, file);
      writeFileSync(file, password);
    };
  } catch {
    // Another fault has it.
    return () => undefined;
  }
}

/**
 * From now on reads of the file take no time: a thread of the machine would take another each time.
 *
 * @returns ends that
 */
export function readAtOnce(file: string): () => void {
  const { open } = fs.promises;
  fs.promises.open = async (path, flags, mode) =>
    path === file ? openAtOnce(file) : open(path, flags, mode);
  syncBuiltinESMExports();
  return () => {
    fs.promises.open = open;
    syncBuiltinESMExports();
  };
}

function openAtOnce(file: string): fs.promises.FileHandle {
  const descriptor = openSync(file, 'r');
  const handle = {
    stat: async () => fstatSync(descriptor),
    readFile: async () => readFileSync(descriptor, 'utf8'),
    close: async () => closeSync(descriptor),
  };
  return handle as unknown as fs.promises.FileHandle;
}
