import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Values } from './render.ts';

const file = new URL('all-options.yaml', import.meta.url).pathname;

/** Values that enable every option of the chart. */
export const allOptions: Values = parse(readFileSync(file, 'utf8'));
