import { renameSync, truncateSync, writeFileSync } from 'node:fs';
import { password } from './filter-deployment.ts';

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
