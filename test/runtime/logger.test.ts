import { expect, test } from 'vitest';
import { createLogger } from '../../src/runtime/logger.ts';

test('writes one JSON object for each line, with the level as a word and the time in ISO 8601', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  const before = Date.now();
  logger.info({ webhook: 'w' }, 'delivery accepted');
  logger.debug('left out');
  expect(lines).toHaveLength(1);
  const { time, ...line } = JSON.parse(lines[0] ?? '') as { time: string };
  expect(line).toEqual({ level: 'info', webhook: 'w', msg: 'delivery accepted' });
  expect(new Date(time).toISOString()).toBe(time);
  expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
});

test('what others have written cannot steer a terminal, and is read back as it was', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  const text = '\u001b[2J\u009b2J\u0085\u007f';
  logger.child({ of: text }).warn({ err: new Error(text), text }, text);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\p{Cc}]+\n$/u);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ of: text, text, msg: text, err: { message: text } });
});
