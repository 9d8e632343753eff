import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createLogger, type Logger } from '../../src/runtime/logger.ts';
import { writePretty } from '../../src/runtime/readable-lines.ts';

/** Returns the text that `log` writes, with a fixed time. */
function write(log: (logger: Logger) => void, colour = false): string {
  let text = '';
  const destination = { write: (line: string) => (text += line), flushSync() {} };
  log(createLogger('trace', writePretty(destination, { colour })));
  return text.replaceAll(/\d\d:\d\d:\d\d\.\d{3}Z/g, '12:00:00.000Z');
}

test('a line has time, level and message, then the fields in the order in which they were logged', () => {
  const line = { webhook: 'default', status: 200, secret: undefined, durationMs: 2.5, ok: true, none: null };
  expect(write((logger) => logger.info(line, 'delivery accepted'))).toBe(
    '12:00:00.000Z INFO  delivery accepted webhook=default status=200 durationMs=2.5 ok=true none=null\n',
  );
});

test('text that could be taken for more than one value is quoted, what is nested is in brackets', () => {
  const fields = { text: 'a b="c"', empty: '', list: ['/a', { id: 1, of: 'x y' }], nested: { a: {} } };
  expect(write((logger) => logger.warn(fields, 'm'))).toBe(
    '12:00:00.000Z WARN  m text="a b=\\"c\\"" empty="" list=[/a {id=1 of="x y"}] nested={a={}}\n',
  );
});

test('an error has its fields on the line and its stack below', () => {
  const error = Object.assign(new Error('broken', { cause: new Error('cause') }), { code: 'EPIPE' });
  const [line, first, ...rest] = write((logger) => logger.error({ err: error, after: 1 }, 'failed'))
    .trimEnd()
    .split('\n');
  expect(line).toBe('12:00:00.000Z ERROR failed err={type=Error message="broken: cause" code=EPIPE} after=1');
  expect(first).toBe('    Error: broken');
  expect(rest.join('\n')).toContain('caused by: Error: cause');
  expect(rest.every((each) => each.startsWith('    '))).toBe(true);
});

test('a line without message or fields is one too', () => {
  expect(write((logger) => logger.debug({}))).toBe('12:00:00.000Z DEBUG \n');
});

test('what others have written cannot steer a terminal, nor begin a line', () => {
  const text = '\u001b[2J\u009b2J\u0085\u007f\n12:00:00.000Z INFO forged';
  for (const colour of [false, true]) {
    const written = write(
      (logger) => logger.warn({ err: new Error(text), text, [text]: [text, { text }] }, text),
      colour,
    );
    expect(stripVTControlCharacters(written)).toMatch(/^[^\p{Cc}]+\n(?: {4}[^\p{Cc}]*\n)+$/u);
  }
});

test('colour changes no text', () => {
  const log = (logger: Logger) => logger.error({ a: 1, err: new Error('e') }, 'm');
  const coloured = write(log, true);
  expect(coloured).toContain('\u001b[31mERROR\u001b[39m');
  const withoutStack = (text: string) => text.split('\n', 1)[0];
  expect(withoutStack(stripVTControlCharacters(coloured))).toBe(withoutStack(write(log)));
});
