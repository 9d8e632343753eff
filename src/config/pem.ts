import { readTextFile } from './read-text-file.ts';

/** PEM in a file, which is read anew each time, or as text. */
export type Pem = { readonly file: string } | { readonly text: string };

/** @throws when the file cannot be read */
export function readPem(pem: Pem): string {
  return 'file' in pem ? readTextFile(pem.file) : pem.text;
}
