import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Values } from './render.ts';

const file = new URL('all-options.yaml', import.meta.url).pathname;

/** Every option switched on. */
export const allOptions: Values = parse(readFileSync(file, 'utf8'));
