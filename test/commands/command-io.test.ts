import { PassThrough, Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { describe, expect, test } from 'vitest';
import {
  chooseLogStyle,
  createCommandLogger,
  formatTable,
  watchOutput,
} from '../../src/commands/command-io.ts';
import type { LogFormat } from '../../src/config/process-config.ts';
import type { Env } from '../../src/runtime/config-error.ts';

test('columns are as wide as their widest cell, and lines have no blanks at their end', () => {
  expect(
    formatTable([
      ['a', 'bb', 'c'],
      ['aaa', 'b', 'a longer cell'],
      ['a', ''],
    ]),
  ).toBe('a    bb  c\naaa  b   a longer cell\na\n');
  expect(formatTable([])).toBe('');
  // The width of a column is limited: a cell that is longer than any topic name does not widen it further.
  expect(
    formatTable([
      ['a'.repeat(300), 'b'],
      ['c', 'd'],
    ]).split('\n')[1],
  ).toBe(`c${' '.repeat(251)}d`);
});

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

  test('JSON anywhere but on a terminal, unless text is requested', () => {
    expect(styleOf({}, xterm)).toBeUndefined();
    expect(styleOf({}, xterm, 'json')).toBeUndefined();
    expect(styleOf({}, xterm, 'text')).toEqual({ colour: false });
  });

  test('readable on a terminal, unless JSON is requested', () => {
    expect(styleOf(terminal, xterm)).toEqual({ colour: true });
    expect(styleOf(terminal, xterm, 'text')).toEqual({ colour: true });
    expect(styleOf(terminal, xterm, 'json')).toBeUndefined();
  });

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('%j: without colour', (env) => {
    expect(styleOf(terminal, { ...xterm, ...env })).toEqual({ colour: false });
  });
});

test('a write waits while the reader is slow', async () => {
  const stdout = new PassThrough({ highWaterMark: 4 });
  const output = watchOutput(stdout);
  const writing = output.write('12345');
  const waited = new Promise((resolve) => setImmediate(resolve, 'still waits'));
  expect(await Promise.race([writing, waited])).toBe('still waits');
  stdout.resume();
  await writing;
  expect(output.closed.aborted).toBe(false);
});

test('a reader that went away ends it without an error, also what waits', async () => {
  const stdout = new PassThrough({ highWaterMark: 4 });
  const output = watchOutput(stdout);
  const writing = output.write('12345');
  stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await writing;
  expect(output.closed.aborted).toBe(true);
  await output.write('6');
});

test('a disk that is full is an error, and not the end of the output', async () => {
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  const stdout = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => done(full) });
  const output = watchOutput(stdout);
  const failure = 'cannot write to standard output: no space left';
  await expect(output.write('12345')).rejects.toThrow(failure);
  await expect(output.write('6')).rejects.toThrow(failure);
});
