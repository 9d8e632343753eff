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
