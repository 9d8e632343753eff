import type { LogFormat } from '../config/log-config.ts';
import type { ReadableStyle } from '../runtime/readable-lines.ts';
import type { CommandIo } from './command-io.ts';

export type LogIo = Pick<CommandIo, 'env' | 'stderr'>;

/**
 * How log lines look on standard error; `undefined` for JSON. Colour follows NO_COLOR and the terminal's own variables.
 *
 * @param format `undefined` when nobody chose one: a person is at a terminal, a program elsewhere
 */
export function chooseLogStyle(
  format: LogFormat | undefined,
  { env, stderr }: LogIo,
): ReadableStyle | undefined {
  const isTerminal = stderr.isTTY === true;
  const chosen = format ?? (isTerminal ? 'text' : 'json');
  return chosen === 'json' ? undefined : { colour: isTerminal && stderr.hasColors?.(env) === true };
}
