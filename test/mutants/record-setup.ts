import { relative } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { loadLabel } from './recorder.ts';

const file = relative(process.cwd(), expect.getState().testPath ?? '');
globalThis.beginReached?.(`${loadLabel}${file}`);
beforeAll(() => globalThis.beginReached?.(file));
