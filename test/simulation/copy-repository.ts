import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Files of the repository that a simulated round needs. */
const needed = ['src', 'package.json', 'test/simulation', 'test/faults', 'test/support'];

/** Copies the files that simulated rounds need into a separate directory. */
export function copyRepository(): string {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const copy = mkdtempSync(join(tmpdir(), 'simulation-'));
  for (const path of needed) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}
