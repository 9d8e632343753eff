import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, type Env } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

/** A change of one setting, and its externally visible effect. */
export interface Trial {
  /** Other settings, before and after the change. */
  readonly beside?: Env;
  /** The value before the change. If absent, the setting is not set. */
  readonly from?: string;
  readonly to: string;
  readonly see: (env: Env) => Promise<unknown>;
  /** The expected effect of `to`. The effect does not occur before the change. */
  readonly shows: unknown;
}

/** A row of the table. The label `as` tells apart several rows for the same setting. */
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

/** Writes a file with this text. Returns its name. */
export function writeText(text: string): string {
  const file = join(temporaryDirectory(), 'text');
  writeFileSync(file, text);
  return file;
}

/** Returns the effects before and after the change. A rejected configuration is an effect too. */
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
