import { readFileSync } from 'node:fs';

/** PEM in a file, which is read anew each time, or as text. */
export type Pem = { readonly file: string } | { readonly text: string };

/** @throws when the file cannot be read */
export function readPem(pem: Pem): string {
  return 'file' in pem ? readFileSync(pem.file, 'utf8') : pem.text;
}
