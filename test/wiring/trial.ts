import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, type Env } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

/** One setting, changed alone, and what a stranger sees of it. */
export interface Trial {
  /** What else is set, before and after. */
  readonly beside?: Env;
  /** Its value before; it is not set without. */
  readonly from?: string;
  readonly to: string;
  readonly see: (env: Env) => Promise<unknown>;
  /** What is seen with `to`, and not before. */
  readonly shows: unknown;
}

/** `as`: what tells several rows of one setting apart. */
export interface Row {
  readonly setting: string;
  readonly as?: string;
  readonly prepare: () => Trial | Promise<Trial>;
}

export const row = (setting: string, prepare: Row['prepare'], as?: string): Row => ({
  setting,
  prepare,
  ...(as !== undefined && { as }),
});

/** The name of a file with that text. */
export function writeText(text: string): string {
  const file = join(temporaryDirectory(), 'text');
  writeFileSync(file, text);
  return file;
}

/** What is seen before and after; that a configuration is refused can be seen too. */
export async function tryOut(setting: string, { beside, from = '', to, see }: Trial) {
  const look = async (value: string) => {
    try {
      return await see({ ...beside, [setting]: value });
    } catch (error) {
      if (error instanceof ConfigError) {
        return { refused: error.message };
      }
      throw error;
    }
  };
  return { before: await look(from), after: await look(to) };
}
