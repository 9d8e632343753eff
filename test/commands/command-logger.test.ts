import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { describe, expect, test } from 'vitest';
import { chooseLogStyle, createCommandLogger } from '../../src/commands/command-logger.ts';
import type { LogFormat } from '../../src/config/process-config.ts';
import type { Env } from '../../src/runtime/config-error.ts';

describe('command logger', () => {
  test.each([
    [{}, 'silent'],
    [{ LOG_LEVEL: 'WARN' }, 'warn'],
    [{ LOG_LEVEL: 'loud' }, 'silent'],
  ])('%j logs at the level %s', (env, level) => {
    expect(createCommandLogger({ env, stderr: new PassThrough() }).level).toBe(level);
  });
});

describe('log style', () => {
  const terminal = { isTTY: true, hasColors: WriteStream.prototype.hasColors };
  const xterm = { TERM: 'xterm-256color' };

  const styleOf = (properties: object, env: Env, format?: LogFormat) =>
    chooseLogStyle(format, { env, stderr: Object.assign(new PassThrough(), properties) });

  test('JSON anywhere but on a terminal, unless text is asked for', () => {
    expect(styleOf({}, xterm)).toBeUndefined();
    expect(styleOf({}, xterm, 'json')).toBeUndefined();
    expect(styleOf({}, xterm, 'text')).toEqual({ colour: false });
  });

  test('readable on a terminal, unless JSON is asked for', () => {
    expect(styleOf(terminal, xterm)).toEqual({ colour: true });
    expect(styleOf(terminal, xterm, 'text')).toEqual({ colour: true });
    expect(styleOf(terminal, xterm, 'json')).toBeUndefined();
  });

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('%j: without colour', (env) => {
    expect(styleOf(terminal, { ...xterm, ...env })).toEqual({ colour: false });
  });
});
